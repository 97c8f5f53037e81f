"""What the company that looks after buildings knows."""

from __future__ import annotations

from plugins.service_desk.demo.content import Knowledge, KnownProblemContent

KNOWLEDGE = Knowledge(
    categories={
        "LIMP": ("Limpeza", ""),
        "LIMP-PISO": ("Pisos e carpetes", "LIMP"),
        "LIMP-PRAGA": ("Pragas", "LIMP"),
        "PORT": ("Portaria", ""),
        "PORT-ACES": ("Controle de acesso", "PORT"),
        "PORT-CAM": ("Câmeras", "PORT-ACES"),
        "PRED": ("Manutenção predial", ""),
        "PRED-HIDR": ("Hidráulica", "PRED"),
        "PRED-ELET": ("Elétrica", "PRED"),
        "TI": ("Tecnologia", ""),
        "TI-REDE": ("Rede e telefonia", "TI"),
        "EXTRA": ("Jardins e eventos", ""),
    },
    problems=(
        KnownProblemContent(
            name="Sala não foi limpa ou faltou material",
            category="LIMP",
            keywords="não foram limpas, lixo, acabou o papel, banheiros",
            solution=(
                "Pedir desculpas e mandar a equipe volante ainda no turno.\n"
                "1. Conferir a folha de presença e a rota do dia.\n"
                "2. Repor o material e aumentar o estoque mínimo do andar em 20 %.\n"
                "3. A supervisora liga no dia seguinte para saber se ficou bom."
            ),
            products="LP-01",
        ),
        KnownProblemContent(
            name="Inclusão de vidros externos no contrato",
            category="LIMP",
            keywords="vidros externos, fachada",
            solution=(
                "É serviço em altura: precisa de vistoria dos pontos de ancoragem antes do orçamento.\n"
                "Enviar o técnico de segurança, medir a área e anexar as fotos.\n"
                "Prazo da proposta: três dias úteis depois da vistoria."
            ),
            products="LP-02",
        ),
        KnownProblemContent(
            name="Mancha depois do tratamento de piso ou carpete",
            category="LIMP-PISO",
            keywords="mancha, contra a luz, tratamento",
            solution=(
                "Não deixar passar produto por cima.\n"
                "1. Enxaguar com água morna e secar com extratora: metade das manchas é resto de sabão.\n"
                "2. Testar o removedor num canto escondido por 15 minutos.\n"
                "3. Persistindo, refazer o trecho inteiro até a junta, sem custo."
            ),
            products="LP-03 LP-04",
        ),
        KnownProblemContent(
            name="Piso molhado na chegada das pessoas",
            category="LIMP-PISO",
            keywords="úmido, molhado, escorregadio",
            solution=(
                "Adiantar o início em uma hora e deixar o corredor principal por primeiro.\n"
                "Usar ventiladores e placas de piso molhado até secar.\n"
                "Em dias de chuva, trocar a lavagem por mopa úmida."
            ),
            products="LP-03 LP-04",
        ),
        KnownProblemContent(
            name="Baratas voltaram depois da aplicação",
            category="LIMP-PRAGA",
            keywords="baratas, copa, aplicação, insetos",
            solution=(
                "Há retorno sem custo em até 30 dias.\n"
                "1. Aplicar gel nas dobradiças e atrás dos aparelhos; não borrifar perto de alimentos.\n"
                "2. Vedar ralos e frestas, e pedir que o lixo saia todo dia.\n"
                "3. Voltar em 15 dias: os ovos resistem à primeira aplicação."
            ),
            products="LP-06",
        ),
        KnownProblemContent(
            name="Posto descoberto na troca de turno",
            category="PORT",
            keywords="deixou o posto, troca, porteiro",
            solution=(
                "1. Mandar a cobertura do plantão em até 30 minutos.\n"
                "2. Conferir o registro de ponto e as imagens da troca.\n"
                "3. Advertir por escrito; na segunda vez, substituir.\n"
                "Informar o cliente por e-mail com o horário exato do desvio."
            ),
            products="PR-01 PR-04",
        ),
        KnownProblemContent(
            name="Pedido da lista de quem entrou no prédio",
            category="PORT",
            keywords="lista de quem entrou, relatório de acessos",
            solution=(
                "São dados pessoais: só entregar à administração, com pedido por escrito e a finalidade.\n"
                "Exportar só o dia e a entrada pedidos, e registrar a entrega no livro da portaria."
            ),
        ),
        KnownProblemContent(
            name="Interfone sem resposta na portaria remota",
            category="PORT",
            keywords="interfone, ninguém atendeu, portaria remota",
            solution=(
                "1. Ligar do interfone para a central e ver se a chamada chega.\n"
                "2. Sem chamada: reiniciar o roteador do prédio; o segundo chip assume em dois minutos.\n"
                "3. Com chamada: ver a escala da central naquele horário e abrir não conformidade.\n"
                "Deixar com o zelador o telefone de reserva da central."
            ),
            products="PR-02",
        ),
        KnownProblemContent(
            name="Portão não abre com crachás novos",
            category="PORT-ACES",
            keywords="crachás novos, portão, bloquear o crachá",
            solution=(
                "1. Conferir se o lote foi cadastrado com o código da controladora da garagem, e não"
                " só da recepção.\n"
                "2. Enviar a lista para as controladoras e esperar a luz verde (até cinco minutos).\n"
                "3. Bloqueios valem na hora: confirmar no relatório de tentativas.\n"
                "Sem rede, a controladora guarda a lista antiga: verificar o cabo."
            ),
            products="PR-03",
        ),
        KnownProblemContent(
            name="Câmera com a imagem congelada",
            category="PORT-CAM",
            keywords="câmera, imagem congelada, temporal, gravação",
            solution=(
                "1. Desligar e ligar a porta PoE da câmera no switch.\n"
                "2. Sem imagem: trocar a fonte ou o conector externo, que entra água nos temporais.\n"
                "3. Conferir se a gravação do período existe e avisar o cliente do intervalo perdido."
            ),
            products="PR-05",
        ),
        KnownProblemContent(
            name="Infiltração no teto",
            category="PRED-HIDR",
            keywords="infiltração, pinga quando chove, teto, tinta já soltou",
            solution=(
                "Afastar móveis e desligar o circuito das luminárias molhadas.\n"
                "1. Limpar calhas e ralos da cobertura e refazer o teste com mangueira por 30 minutos.\n"
                "2. Marcar no desenho onde aparece e há quanto tempo depois do início.\n"
                "3. Pintura só depois de 15 dias seco."
            ),
            products="MN-01 MN-04",
        ),
        KnownProblemContent(
            name="Porta corta-fogo não fecha sozinha",
            category="PRED",
            keywords="corta-fogo, não fecha sozinha, dobradiça",
            solution=(
                "Nunca calçar a porta aberta.\n"
                "1. Regular a mola das dobradiças em um quarto de volta por vez.\n"
                "2. Trocar a dobradiça se a porta encostar no piso.\n"
                "3. Anotar no livro de inspeção: os bombeiros pedem."
            ),
            products="MN-01 MN-04",
        ),
        KnownProblemContent(
            name="Descarga não para de correr",
            category="PRED-HIDR",
            keywords="descarga, não para de correr, válvula",
            solution=(
                "Fechar o registro da caixa: perde até 5.000 litros por dia.\n"
                "Trocar o vedante e a boia; se for válvula de parede, o reparo completo.\n"
                "Conferir o hidrômetro com tudo fechado antes de sair."
            ),
            products="MN-02",
        ),
        KnownProblemContent(
            name="Tomadas sem energia sem o disjuntor desarmar",
            category="PRED-ELET",
            keywords="tomadas, sem energia, disjuntor não desarma",
            solution=(
                "1. Testar o botão do DR do circuito e rearmá-lo.\n"
                "2. Procurar o neutro solto na primeira tomada sem energia: é onde a corrente para.\n"
                "3. Reapertar o barramento com o quadro desligado.\n"
                "Emenda aquecida: trocar o trecho, não só a fita."
            ),
            products="MN-03",
        ),
        KnownProblemContent(
            name="Iluminação de emergência pisca",
            category="PRED-ELET",
            keywords="lâmpada da escada, pisca, emergência, vistoria",
            solution=(
                "1. Trocar a bateria da luminária (duram dois anos) e carregar por 24 horas.\n"
                "2. Simular a falta de energia: deve acender por pelo menos uma hora.\n"
                "3. Etiquetar com a data, antes da vistoria dos bombeiros."
            ),
            products="MN-03",
        ),
        KnownProblemContent(
            name="Laudo da limpeza da caixa-d’água",
            category="PRED-HIDR",
            keywords="laudo, caixa-d’água, fiscalização",
            solution=(
                "O laudo vale seis meses e sai em cinco dias úteis depois da coleta.\n"
                "Enviar a segunda via do arquivo do contrato; se venceu, agendar limpeza e coleta no"
                " mesmo dia."
            ),
            products="MN-05",
        ),
        KnownProblemContent(
            name="Elevador para fora do nível",
            category="PRED",
            keywords="elevador, degrau, nível",
            solution=(
                "Interditar o elevador naquele andar e avisar a portaria: risco de queda.\n"
                "Chamar a conservadora autorizada; só ela pode mexer no freio e nos sensores.\n"
                "Liberar com a assinatura da ficha de manutenção."
            ),
            products="MN-06",
        ),
        KnownProblemContent(
            name="Computador pede a chave de recuperação do disco",
            category="TI",
            keywords="chave de recuperação, disco, recepção pede",
            solution=(
                "1. Conferir a identificação da pessoa e o número do equipamento.\n"
                "2. Ler a chave no cofre da empresa cliente; ditar por telefone, nunca por mensagem.\n"
                "3. Depois de entrar, suspender e retomar a proteção, para que não peça de novo.\n"
                "4. Pedindo outra vez, ver se a ordem de partida mudou."
            ),
            products="TI-01",
        ),
        KnownProblemContent(
            name="Rede sem fio cai sempre na mesma hora",
            category="TI-REDE",
            keywords="rede sem fio, cai todos os dias, sinal",
            solution=(
                "1. Ver no painel se os pontos mudam de canal naquela hora: fixar 1, 6 e 11.\n"
                "2. Se reiniciam, medir a fonte PoE; se não, procurar o aparelho que liga nessa hora.\n"
                "3. Separar a rede de visitantes, com limite por aparelho.\n"
                "Acompanhar por três dias antes de encerrar."
            ),
            products="TI-02",
        ),
        KnownProblemContent(
            name="Cópia de segurança terminou com erro de espaço",
            category="TI",
            keywords="cópia de segurança, falta espaço, backup",
            solution=(
                "1. Apagar versões fora da retenção contratada; nunca a última completa.\n"
                "2. Rodar de novo e esperar o fim.\n"
                "3. Restaurar um arquivo ao acaso e anotar o resultado.\n"
                "Se passar de 85 % do espaço, propor a ampliação."
            ),
            products="TI-03",
        ),
        KnownProblemContent(
            name="Som cortado em reunião por vídeo",
            category="TI",
            keywords="som chega cortado, reunião, videoconferência, microfone",
            solution=(
                "1. Ligar o equipamento por cabo: a rede sem fio é a causa mais comum.\n"
                "2. Deixar um só microfone aberto na sala.\n"
                "3. Atualizar o sistema do equipamento fora do horário e testar com chamada de dez minutos."
            ),
            products="TI-05",
        ),
        KnownProblemContent(
            name="Ligações caem no ramal errado",
            category="TI-REDE",
            keywords="ramal errado, ligações, operadora",
            solution=(
                "Depois da troca de operadora o número chega com o código da cidade.\n"
                "1. Acertar a regra de entrada para os oito últimos dígitos.\n"
                "2. Testar com ligação de celular e de fixo.\n"
                "3. Conferir o horário de atendimento e a mensagem fora dele."
            ),
            products="TI-06",
        ),
        KnownProblemContent(
            name="Grama seca ou planta fraca depois da poda",
            category="EXTRA",
            keywords="grama, canteiro, plantas dos vasos, secou",
            solution=(
                "Regar cedo, por uma semana, todos os dias; depois três vezes por semana.\n"
                "Subir a altura do corte para 5 cm e adubar em 15 dias.\n"
                "Se não brotar em um mês, replantar o trecho sem custo."
            ),
            products="JD-01 JD-02",
        ),
        KnownProblemContent(
            name="Água da piscina verde",
            category="EXTRA",
            keywords="piscina, água, verde, cloro",
            solution=(
                "Fechar a piscina até a água ficar clara.\n"
                "1. Acertar o pH entre 7,2 e 7,6.\n"
                "2. Cloração de choque à noite e filtragem por 24 horas.\n"
                "3. Aspirar drenando; não passar pelo filtro.\n"
                "Deixar dosador para o fim de semana."
            ),
            products="JD-03",
        ),
        KnownProblemContent(
            name="Projetor não reconhece o computador ou o microfone chia",
            category="EXTRA",
            keywords="projetor, palestrante, chia, microfone sem fio",
            solution=(
                "1. Ligar primeiro o projetor, depois o cabo, por último o computador; duplicar a tela.\n"
                "2. Levar sempre o adaptador e um segundo cabo.\n"
                "3. Chiado: trocar as pilhas e mudar o canal do microfone; afastar do púlpito metálico.\n"
                "Teste completo uma hora antes do início."
            ),
            products="EV-02",
        ),
    ),
)
