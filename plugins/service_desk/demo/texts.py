"""What the customers of the demo companies report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reports:
    """Reports by what they are about.

    Args:
        products: codes of products, with blanks between them → what goes wrong there.
        general: what concerns no product.
        interest: what prospects ask.
    """

    products: Mapping[str, tuple[str, ...]]
    general: tuple[str, ...]
    interest: tuple[str, ...]

    def about(self, code: str) -> tuple[str, ...]:
        """The reports that fit the product with this code; the general ones when none do, and for «»."""
        return next((texts for codes, texts in self.products.items() if code in codes.split()), self.general)


AURORA = Reports(
    products={
        "AC-01 AC-02 AC-03": (
            "O aparelho liga, mas não gela. O visor mostra o código E6 e apaga depois de uns dez minutos.",
            "Pinga água da unidade interna em cima do caixa. Já puseram um balde e o forro está manchando.",
            "Faz um barulho de metal quando o compressor parte. Ontem desarmou o disjuntor duas vezes.",
            "Cheiro forte de mofo quando liga de manhã. A última limpeza foi há mais de um ano.",
            "O controle remoto não responde e o aparelho ficou preso em 17 graus. Já trocaram as pilhas.",
            "Querem a manutenção preventiva de todos os aparelhos antes do verão, se possível num domingo.",
        ),
        "AC-04 AC-05": (
            "Perdeu força e faz um zumbido que se ouve da rua.",
            "Só funciona na velocidade alta. Na baixa o motor ronca e não gira.",
        ),
        "RF-01 RF-02 RF-03 RF-06": (
            "A temperatura não passa de 9 graus para baixo. O vidro embaça e a mercadoria já foi retirada.",
            "Formou gelo grosso no evaporador e a porta não fecha direito. A borracha parece ressecada.",
            "O motor não para de trabalhar desde sexta-feira e a conta de luz subiu muito.",
            "Apita sem parar com o alarme de temperatura alta, embora o termômetro de fora marque 3 graus.",
        ),
        "RF-04": (
            "A máquina produz metade do gelo de antes, e os cubos saem ocos.",
            "O gelo sai com gosto. Pedem a troca do filtro e a limpeza do reservatório.",
        ),
        "RF-05": (
            "A água sai quente do lado esquerdo e fria do direito. As turmas da tarde reclamam.",
            "Vazamento embaixo do equipamento. O piso está escorregadio e a vigilância vem na quinta.",
        ),
        "CZ-01 CZ-02": (
            "Não chega à temperatura: marca 180 e fica em 140. As porções da tarde saíram cruas no meio.",
            "A resistência de um dos lados parou. Trabalham com metade da capacidade desde ontem.",
        ),
        "CZ-03": (
            "O ciclo para no enxágue e o visor mostra «falta água», mas o registro está aberto.",
            "A louça sai com um véu branco. O secante foi trocado na semana passada.",
        ),
        "CZ-04": ("A rosca trava com a massa pesada e sente-se cheiro de queimado perto do motor.",),
        "CZ-05": (
            "O manômetro sobe até 15 e a válvula solta vapor. O café sai queimado.",
            "Um dos grupos não solta água. A fila da manhã está toda no outro.",
        ),
        "CZ-06": ("A coifa perdeu força e a cozinha se enche de fumaça na hora do almoço.",),
        "BB-01 BB-02 BB-04": (
            "Liga e desliga a cada meio minuto, mesmo com todas as torneiras fechadas.",
            "Não puxa água desde a limpeza da caixa. Ouve-se o motor, mas a pressão fica em zero.",
            "Vaza pelo selo mecânico e já molhou o quadro elétrico. Desligaram tudo por segurança.",
            "Vibra tanto que um dos parafusos da base se soltou. Foi instalada há três meses.",
        ),
        "BB-03": ("O compressor demora vinte minutos para encher e o óleo aparece na mangueira.",),
        "AU-01": (
            "O cupom sai com metade das letras apagadas. Trocaram a bobina e ficou igual.",
            "Depois da atualização do sistema a impressora não é encontrada. As vendas são anotadas à mão.",
        ),
        "AU-02": ("A balança não volta a zero: mostra sempre 25 gramas a mais. A etiqueta sai certa.",),
        "AU-03": ("O leitor acende, mas só lê o código na terceira tentativa. Fila grande no caixa.",),
        "AU-04": ("A gaveta abre sozinha quando a impressora corta o papel.",),
        "EN-01": (
            "O nobreak apita a cada dez segundos e as baterias duram menos de um minuto.",
            "Cheiro de queimado na sala dos servidores. O equipamento foi desligado na chave.",
        ),
        "EN-02": (
            "O gerador não partiu na falta de energia de ontem à noite. O painel mostra bateria baixa.",
            "Pedem o teste anual do gerador com carga e o relatório para a seguradora.",
        ),
        "EN-03": ("A tensão de saída oscila entre 205 e 235 volts e as lâmpadas piscam.",),
    },
    general=(
        "Pede a segunda via da nota e a data em que termina a garantia.",
        "Quer saber o preço de um contrato de manutenção mensal para todos os equipamentos.",
        "Reclama que o técnico não veio no horário combinado e pede uma nova visita ainda esta semana.",
        "Vai mudar de endereço no fim do mês e pede a desinstalação e a instalação no novo local.",
        "Pede orçamento para trocar os equipamentos mais antigos. Manda as fotos por mensagem.",
        "Quer mudar o dia da visita preventiva, porque a rua vai estar fechada.",
    ),
    interest=(
        "Viu o equipamento na loja de um cliente nosso e pede preço com a instalação.",
        "Pergunta o prazo de entrega e se fazemos a assistência no sábado.",
        "Vai abrir em dois meses e quer uma visita para medir o local.",
        "Compara três orçamentos e pede que o nosso separe peças e mão de obra.",
    ),
)
"""A workshop."""

BOREAL = Reports(
    products={
        "LP-01": (
            "As salas do fundo não foram limpas na sexta e hoje cedo havia lixo de dois dias.",
            "Acabou o papel nos banheiros do segundo andar antes do meio-dia, pela terceira vez no mês.",
        ),
        "LP-02": ("Querem incluir a limpeza dos vidros externos a partir do mês que vem.",),
        "LP-03 LP-04": (
            "Ficou uma mancha depois do tratamento. Aparece contra a luz, perto da entrada.",
            "O corredor ainda estava úmido quando as pessoas chegaram.",
        ),
        "LP-05": ("Pedem uma equipe extra no sábado, depois da reforma da recepção.",),
        "LP-06": ("Voltaram a ver baratas na copa, duas semanas depois da aplicação.",),
        "PR-01 PR-04": (
            "O porteiro do turno da noite deixou o posto antes da troca.",
            "Pedem a lista de quem entrou no prédio no dia 12, a pedido da administração.",
        ),
        "PR-02": ("Ninguém atendeu o interfone entre duas e três da manhã. Um morador esperou na rua.",),
        "PR-03": (
            "O portão da garagem não abre com os crachás novos. Os antigos ainda funcionam.",
            "Querem bloquear o crachá de três pessoas que saíram da empresa.",
        ),
        "PR-05": ("A câmera do estacionamento mostra a imagem congelada desde o temporal.",),
        "MN-01 MN-04": (
            "Infiltração no teto do corredor. Pinga quando chove e a tinta já soltou.",
            "A porta corta-fogo do segundo andar não fecha sozinha.",
        ),
        "MN-02": ("A descarga do banheiro da recepção não para de correr.",),
        "MN-03": (
            "Metade das tomadas da sala está sem energia. O disjuntor não desarma.",
            "A lâmpada da escada de emergência pisca, e os bombeiros fazem a vistoria na semana que vem.",
        ),
        "MN-05": ("Pedem o laudo da limpeza da caixa-d’água para mostrar à fiscalização.",),
        "MN-06": ("O elevador social para com um degrau de uns cinco centímetros no térreo.",),
        "TI-01": ("Um computador da recepção pede a chave de recuperação do disco ao ligar.",),
        "TI-02": (
            "A rede sem fio cai todos os dias perto das dez horas e volta sozinha depois de uns minutos.",
        ),
        "TI-03": ("A cópia de segurança desta noite terminou com erro: falta espaço no destino.",),
        "TI-04": ("Pedem três pontos de rede novos para as mesas que chegam na segunda-feira.",),
        "TI-05": ("Na sala de reunião o som chega cortado a quem participa de fora.",),
        "TI-06": ("As ligações de fora caem no ramal errado desde a troca da operadora.",),
        "JD-01 JD-02": (
            "A grama do canteiro da entrada secou depois da última poda.",
            "Um galho grande encosta nos fios. Moradores têm medo de que caia.",
            "Querem trocar as plantas dos vasos do saguão por outras que precisem de menos sol.",
        ),
        "JD-03": ("A água da piscina amanheceu verde. Não há quem meça o cloro no fim de semana.",),
        "EV-01": ("Pedem duas recepcionistas a mais para a assembleia do dia 20.",),
        "EV-02": (
            "O projetor não reconhece o computador do palestrante. O evento começa às 14 horas.",
            "O microfone sem fio chia quando passa perto do púlpito.",
        ),
        "EV-03": ("Faltaram vinte xícaras no café de ontem e o serviço atrasou meia hora.",),
        "EV-04": ("A sala foi montada em auditório, mas o pedido era em formato de U.",),
    },
    general=(
        "Pede o boleto com a data corrigida. O que chegou vence num feriado.",
        "Quer uma proposta para renovar o contrato por mais doze meses.",
        "Elogia a equipe da manhã e pede que ela fique também no próximo contrato.",
        "Reclama que abriu um chamado na semana passada e ninguém retornou.",
        "Pede uma visita para combinar os horários do recesso de fim de ano.",
    ),
    interest=(
        "Recebeu a indicação de um condomínio vizinho e pede uma proposta.",
        "Pergunta se atendemos também aos domingos e feriados.",
        "O contrato atual termina em janeiro e quer conhecer outras empresas.",
        "Pede uma visita técnica para dimensionar a equipe.",
    ),
)
"""A company that looks after buildings."""

CIRCUMSTANCES = (
    "",
    "Pede retorno ainda hoje, pelo telefone do cadastro.",
    "Já houve um caso parecido no mês passado, resolvido por telefone.",
    "Só podem receber alguém depois das 14 horas.",
    "Perguntar pelo responsável do turno na chegada.",
    "É urgente.",
    "Mandou um vídeo por mensagem, que está com o setor.",
    "O melhor horário é antes da abertura, até as 8 horas.",
)
"""Second sentences; most tickets have one."""

WORK_DONE = (
    "Serviço feito e testado. O cliente acompanhou e aprovou.",
    "Limpeza completa, reaperto e ajuste. Funciona dentro do especificado.",
    "O caso não se repetiu no local. O responsável anota o horário se voltar a acontecer.",
    "Feito conforme o combinado, sem material além do orçado.",
)
"""What finished work orders say."""

PARTS = """
    acoplamento alarme aterramento bobina borracha botoeira bucha cabo caixa calibração chapa chave chicote
    ciclo cilindro comando compressor condensador conector contator correia cremalheira curto dissipador
    display dreno duto eixo eletrodo embreagem encaixe engrenagem etiqueta evaporador exaustor fiação filtro
    flange freio fusível gaxeta grelha hélice indicador inversor isolamento junta lâmpada lubrificante mancal
    mangueira manômetro martelo membrana módulo motor nível obstrução painel parafuso pedal pistão placa polia
    potenciômetro pressostato purga quadro rebobinamento redutor relé reservatório resistência retentor
    rolamento rotor ruído sensor serpentina sifão solda solenóide suporte tampa tanque tela temporizador
    terminal termostato tomada transformador trava trinco tubulação turbina vazamento vedação ventilador
    vibração válvula zumbido
"""
"""Words that make the seeded texts differ."""
