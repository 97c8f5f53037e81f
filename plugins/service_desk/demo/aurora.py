"""What the workshop knows."""

from __future__ import annotations

from plugins.service_desk.demo.content import Knowledge, KnownProblemContent

KNOWLEDGE = Knowledge(
    categories={
        "FRIO": ("Frio", ""),
        "CLIMA": ("Ar-condicionado", "FRIO"),
        "CLIMA-AGUA": ("Dreno e condensação", "CLIMA"),
        "CLIMA-ELET": ("Elétrica e controle", "CLIMA"),
        "REFRI": ("Refrigeração comercial", "FRIO"),
        "REFRI-TEMP": ("Temperatura e vedação", "REFRI"),
        "COZ": ("Cozinha", ""),
        "COZ-AGUA": ("Água e vapor", "COZ"),
        "HIDRO": ("Bombas e ar comprimido", ""),
        "AUTOM": ("Automação comercial", ""),
        "AUTOM-IMP": ("Impressão", "AUTOM"),
        "ENER": ("Energia", ""),
    },
    problems=(
        KnownProblemContent(
            name="Ar-condicionado mostra E6 e para: falha de comunicação entre as unidades",
            category="CLIMA-ELET",
            keywords="E6, não gela, comunicação, visor",
            solution=(
                "1. Desligar o disjuntor por cinco minutos e ligar de novo.\n"
                "2. Reapertar os bornes 1, 2 e S nas duas unidades; procurar emenda no cabo de sinal.\n"
                "3. Medir a tensão entre S e N: deve oscilar entre 0 e 24 V. Parada, a placa externa"
                " não responde.\n"
                "4. Com o cabo bom e a tensão parada, trocar a placa da unidade externa."
            ),
            products="AC-01 AC-02 AC-03",
        ),
        KnownProblemContent(
            name="Unidade interna pinga: dreno obstruído",
            category="CLIMA-AGUA",
            keywords="pinga, dreno, balde, goteira, forro",
            solution=(
                "Orientar a desligar o aparelho até a visita, para não molhar o forro.\n"
                "1. Soprar o dreno com nitrogênio a partir da bandeja; nunca de fora para dentro.\n"
                "2. Limpar a bandeja e pôr uma pastilha bactericida.\n"
                "3. Conferir o caimento da mangueira: 1 cm por metro, sem barriga.\n"
                "4. Despejar meio litro de água na bandeja e ver a saída."
            ),
            products="AC-01 AC-02 AC-03",
        ),
        KnownProblemContent(
            name="Disjuntor desarma na partida do compressor",
            category="CLIMA-ELET",
            keywords="disjuntor, compressor parte, barulho de metal, capacitor",
            solution=(
                "Não religar antes da visita: o compressor pode estar travado.\n"
                "1. Medir o capacitor de partida; trocar se estiver mais de 10 % abaixo do valor.\n"
                "2. Medir a corrente de partida. Até seis vezes a nominal, o disjuntor é que está"
                " errado (curva C).\n"
                "3. Acima disso, medir o isolamento dos enrolamentos e orçar o compressor."
            ),
            products="AC-01 AC-02 AC-03",
        ),
        KnownProblemContent(
            name="Cheiro de mofo ao ligar",
            category="CLIMA-AGUA",
            keywords="mofo, cheiro, limpeza",
            solution=(
                "O cliente pode lavar os filtros com água e sabão neutro e secá-los à sombra.\n"
                "Se o cheiro voltar em dois dias, agendar a higienização completa: serpentina, turbina"
                " e bandeja.\n"
                "Recomendar o modo ventilação por dez minutos antes de desligar."
            ),
            products="AC-01 AC-02 AC-03",
        ),
        KnownProblemContent(
            name="Aparelho não obedece ao controle remoto",
            category="CLIMA-ELET",
            keywords="controle remoto, pilhas, preso em",
            solution=(
                "1. Apontar o controle para a câmera de um celular: o LED pisca em roxo quando o"
                " controle emite.\n"
                "2. Emite: apagar lâmpadas fluorescentes próximas e tentar de novo; se continuar,"
                " trocar o receptor.\n"
                "3. Não emite: trocar as pilhas pelas alcalinas; se continuar, enviar um controle novo.\n"
                "Até lá o botão «Auto», sob a tampa, liga e desliga o aparelho."
            ),
            products="AC-01 AC-02 AC-03",
        ),
        KnownProblemContent(
            name="Motor do ventilador só gira na velocidade alta",
            category="CLIMA",
            keywords="velocidade alta, ronca, zumbido, perdeu força",
            solution=(
                "1. Com a chave desligada, girar a hélice à mão: presa, trocar os rolamentos.\n"
                "2. Livre, trocar o capacitor (confira o valor na etiqueta do motor).\n"
                "3. Limpar a hélice: o pó desbalanceia e dá o zumbido.\n"
                "Desligar na tomada se cheirar a queimado."
            ),
            products="AC-04 AC-05",
        ),
        KnownProblemContent(
            name="Manutenção preventiva de climatização",
            category="CLIMA",
            keywords="preventiva, antes do verão",
            solution=(
                "Agendar com uma semana de antecedência; cada aparelho leva de 40 a 60 minutos.\n"
                "Incluir: filtros, serpentinas, dreno, reaperto elétrico, pressão e corrente, folha de"
                " medições.\n"
                "Aos domingos, confirmar com o plantão e informar o acréscimo antes de marcar."
            ),
        ),
        KnownProblemContent(
            name="Câmara ou balcão não chega à temperatura",
            category="REFRI-TEMP",
            keywords="temperatura não passa, embaça, não para de trabalhar, conta de luz",
            solution=(
                "Orientar a retirar o que estraga e a não abrir a porta sem necessidade.\n"
                "1. Limpar o condensador: é a causa em metade dos casos.\n"
                "2. Testar a porta com uma folha de papel em quatro pontos; se sair solta, trocar a"
                " borracha.\n"
                "3. Medir as pressões: baixa nas duas é falta de gás, procurar o vazamento antes da carga.\n"
                "4. Registrar a temperatura por uma hora antes de liberar."
            ),
            products="RF-01 RF-02 RF-03 RF-06",
        ),
        KnownProblemContent(
            name="Gelo grosso no evaporador",
            category="REFRI-TEMP",
            keywords="gelo grosso, evaporador, borracha, porta não fecha, degelo",
            solution=(
                "Desligar e degelar com a porta aberta; nunca com objeto pontudo.\n"
                "1. Trocar a borracha ressecada e regular as dobradiças.\n"
                "2. Forçar um degelo: a resistência deve aquecer em cinco minutos; medir 20 a 60 Ω.\n"
                "3. Acertar o temporizador para quatro degelos por dia."
            ),
            products="RF-01 RF-02 RF-03 RF-06",
        ),
        KnownProblemContent(
            name="Alarme de temperatura sem temperatura alta",
            category="REFRI-TEMP",
            keywords="apita, alarme, termômetro, sensor",
            solution=(
                "Comparar o visor com um termômetro ao lado do sensor, por dez minutos.\n"
                "Diferença maior que 2 graus: trocar o sensor (NTC 10 kΩ a 25 °C) e calibrar.\n"
                "Sem diferença: rever os limites do alarme; o padrão é 6 °C com 30 minutos de atraso."
            ),
            products="RF-01 RF-02 RF-03 RF-06",
        ),
        KnownProblemContent(
            name="Máquina de gelo produz pouco ou cubos ocos",
            category="REFRI",
            keywords="metade do gelo, cubos, gelo sai com gosto, reservatório",
            solution=(
                "1. Pressão da água entre 1 e 4 bar; limpar a tela da entrada.\n"
                "2. Trocar o filtro (a cada seis meses) e fazer a limpeza ácida do reservatório.\n"
                "3. Descartar as três primeiras produções depois da limpeza.\n"
                "4. Cubos ainda ocos: acertar a espessura no parafuso da sonda."
            ),
            products="RF-04",
        ),
        KnownProblemContent(
            name="Bebedouro vaza ou sai água quente de um lado",
            category="REFRI",
            keywords="água sai quente, vazamento embaixo, piso",
            solution=(
                "Fechar o registro e sinalizar o piso molhado.\n"
                "1. Reapertar as conexões da serpentina e trocar os anéis de vedação.\n"
                "2. Um lado quente: sangrar o ar da linha e conferir o termostato daquele reservatório.\n"
                "3. Anotar a troca do filtro na etiqueta, que a vigilância pede."
            ),
            products="RF-05",
        ),
        KnownProblemContent(
            name="Forno ou fritadeira não atinge a temperatura",
            category="COZ",
            keywords="não chega à temperatura, resistência, metade da capacidade, cruas",
            solution=(
                "1. Medir a tensão nas três fases: falta de fase deixa um lado frio.\n"
                "2. Medir cada resistência e trocar a que estiver aberta.\n"
                "3. Calibrar o termostato com termopar no centro da câmara, a 180 °C.\n"
                "Até a visita, aumentar o tempo em vez da temperatura."
            ),
            products="CZ-01 CZ-02",
        ),
        KnownProblemContent(
            name="Lava-louças acusa falta de água",
            category="COZ-AGUA",
            keywords="falta água, enxágue, registro está aberto",
            solution=(
                "1. Fechar o registro, desrosquear a mangueira e lavar a tela da eletroválvula.\n"
                "2. Conferir se a mangueira não está dobrada atrás da máquina.\n"
                "3. Se a mensagem voltar, medir a bobina da eletroválvula (cerca de 4 kΩ)."
            ),
            products="CZ-03",
        ),
        KnownProblemContent(
            name="Louça sai com véu branco",
            category="COZ-AGUA",
            keywords="véu branco, secante, manchas",
            solution=(
                "Véu que sai com vinagre é calcário: regenerar o abrandador com sal.\n"
                "Véu que não sai é secante demais: reduzir a dosagem em um ponto por dia.\n"
                "Conferir a temperatura do enxágue: 82 a 85 °C."
            ),
            products="CZ-03",
        ),
        KnownProblemContent(
            name="Cafeteira com pressão alta: válvula solta vapor",
            category="COZ-AGUA",
            keywords="manômetro, válvula, vapor, queimado, grupos, não solta água",
            solution=(
                "Desligar e não abrir a caldeira quente.\n"
                "1. Pressostato colado: trocar; regular entre 0,9 e 1,2 bar.\n"
                "2. Um grupo sem água: limpar o injetor e o filtro do grupo.\n"
                "3. Descalcificar se houver mais de 2 mm de crosta; recomendar o filtro abrandador."
            ),
            products="CZ-05",
        ),
        KnownProblemContent(
            name="Coifa perdeu força",
            category="COZ",
            keywords="coifa, fumaça, exaustão",
            solution=(
                "1. Lavar os filtros de gordura com desengordurante; repetir toda semana.\n"
                "2. Conferir o nível do lavador de gases e o sentido de giro do motor.\n"
                "3. Esticar ou trocar a correia: deve ceder 1 cm no meio."
            ),
            products="CZ-06",
        ),
        KnownProblemContent(
            name="Bomba liga e desliga com as torneiras fechadas",
            category="HIDRO",
            keywords="liga e desliga, torneiras fechadas, pressurizador",
            solution=(
                "É vazamento ou falta de ar no vaso de pressão.\n"
                "1. Fechar a saída da bomba: se parar, o vazamento é na rede (olhar descargas e boias).\n"
                "2. Calibrar o vaso com a rede vazia: 0,2 bar abaixo da pressão de partida.\n"
                "3. Trocar a válvula de retenção se a pressão cair com a saída fechada."
            ),
            products="BB-01 BB-02 BB-04",
        ),
        KnownProblemContent(
            name="Bomba não puxa água depois da limpeza da caixa",
            category="HIDRO",
            keywords="não puxa água, limpeza da caixa, pressão fica em zero, escorva",
            solution=(
                "Entrou ar na sucção. Desligar já: a seco o selo queima em minutos.\n"
                "1. Abrir o bujão, encher o corpo e a sucção com água, fechar e ligar.\n"
                "2. Repetir até sair água sem bolhas.\n"
                "3. Se perder a escorva de um dia para o outro, trocar a válvula de pé."
            ),
            products="BB-01 BB-02 BB-04",
        ),
        KnownProblemContent(
            name="Vazamento pelo selo mecânico ou vibração da bomba",
            category="HIDRO",
            keywords="selo mecânico, vibra, parafusos da base, quadro elétrico",
            solution=(
                "Manter desligada e secar o quadro antes de religar.\n"
                "1. Trocar o selo mecânico e conferir o eixo com relógio comparador (até 0,05 mm).\n"
                "2. Realinhar o acoplamento e pôr calços de borracha na base.\n"
                "3. Instalada há menos de um ano: abrir a garantia com fotos da base."
            ),
            products="BB-01 BB-02 BB-04",
        ),
        KnownProblemContent(
            name="Cupom com letras apagadas",
            category="AUTOM-IMP",
            keywords="letras apagadas, bobina, cupom",
            solution=(
                "1. Limpar a cabeça com álcool isopropílico e pano sem fiapos, impressora fria.\n"
                "2. Usar bobina térmica de 55 g/m² ou mais, com o lado brilhante para a cabeça.\n"
                "3. Aumentar a densidade em um ponto na configuração.\n"
                "4. Falha sempre nas mesmas colunas: trocar a cabeça."
            ),
            products="AU-01",
        ),
        KnownProblemContent(
            name="Impressora não é encontrada depois da atualização do sistema",
            category="AUTOM-IMP",
            keywords="não é encontrada, atualização do sistema, driver, vendas são anotadas",
            solution=(
                "1. Imprimir o autoteste: ligar com o botão de avanço apertado. Se sair, a impressora"
                " está boa.\n"
                "2. Remover a impressora do sistema, desligar o cabo USB e instalar o driver 3.2.\n"
                "3. Religar o cabo na mesma porta e escolher a porta virtual que aparecer.\n"
                "Emitir em contingência até lá; as notas são enviadas depois."
            ),
            products="AU-01",
        ),
        KnownProblemContent(
            name="Balança não zera ou leitor demora a ler",
            category="AUTOM",
            keywords="não volta a zero, gramas a mais, terceira tentativa, leitor",
            solution=(
                "Balança: nivelar pela bolha, tirar o prato, ligar e só então recolocá-lo."
                " Persistindo, é preciso"
                " calibrar com peso padrão, e o lacre é do órgão de metrologia: agendar visita autorizada.\n"
                "Leitor: limpar o vidro com pano seco e imprimir o código de fábrica para restaurar a"
                " leitura.\n"
                "Não usar álcool em nenhum dos dois."
            ),
            products="AU-02 AU-03",
        ),
        KnownProblemContent(
            name="Nobreak apita e as baterias não duram",
            category="ENER",
            keywords="nobreak apita, baterias, cheiro de queimado na sala, autonomia",
            solution=(
                "Cheiro de queimado: desligar pela chave e não religar.\n"
                "1. Medir cada bateria sob carga; abaixo de 10,5 V trocar o conjunto inteiro.\n"
                "2. Somar as cargas: acima de 80 % da potência, sugerir um modelo maior.\n"
                "3. Fazer o teste de autonomia com o cliente presente e anotar os minutos."
            ),
            products="EN-01",
        ),
        KnownProblemContent(
            name="Gerador não parte na falta de energia",
            category="ENER",
            keywords="gerador não partiu, bateria baixa, teste anual",
            solution=(
                "1. Medir a bateria: abaixo de 12,2 V em repouso, carregar e testar; abaixo de 11,8 V"
                " trocar.\n"
                "2. Conferir o carregador flutuante no painel e o nível do diesel.\n"
                "3. Partida em manual, dez minutos sem carga e trinta com carga.\n"
                "4. Deixar o relatório do teste para a seguradora."
            ),
            products="EN-02",
        ),
    ),
)
