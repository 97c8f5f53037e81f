"""What is noted in the demo companies' contacts, and what their departments answer."""

from __future__ import annotations

from plugins.service_desk.demo.content import Conversations

AURORA = Conversations(
    contacts=(
        "Gerência da loja",
        "Encarregado da cozinha",
        "Recepção",
        "Responsável pela manutenção",
        "Caixa do turno da tarde",
        "Proprietário",
        "Zeladoria",
    ),
    first=(
        (
            "O equipamento está parado desde ontem à noite. Não houve queda de energia.",
            "Manter desligado e não abrir. Retornamos ainda hoje com o horário da visita.",
        ),
        (
            "Falha intermitente: volta sozinha depois de uns minutos. Pior nas horas de movimento.",
            "Anotar a hora de cada falha e mandar uma foto do visor. O técnico leva o registrador de tensão.",
        ),
        (
            "O cliente já tentou desligar e ligar, sem resultado. Há cheiro de aquecido, sem fumaça.",
            "Desligar no disjuntor até a visita. Marcada para o primeiro horário livre.",
        ),
    ),
    general=(
        (
            "Conferidos o cadastro e o contrato com o cliente ao telefone.",
            "Explicadas as condições e o prazo. O cliente aguarda a confirmação por mensagem.",
        ),
        (
            "O pedido depende do financeiro, que responde até o fim do dia seguinte.",
            "Anotado o e-mail para onde mandar o documento. Retornamos de qualquer forma.",
        ),
        (
            "O cliente prefere resolver por mensagem, fora do horário de movimento.",
            "Combinado o envio de tudo num só documento, com os valores em linhas separadas.",
        ),
        (
            "A agenda da semana foi conferida: há horário na quinta-feira à tarde.",
            "Horário reservado até amanhã ao meio-dia; depois volta para a agenda.",
        ),
    ),
    interest=(
        (
            "Quer comparar dois modelos e saber o que muda na instalação elétrica.",
            "Enviado o catálogo com o consumo de cada um. Sugerida uma visita para medir o local.",
        ),
        (
            "Tem a planta do imóvel e a data da abertura; ainda não decidiu os equipamentos.",
            "Combinado o envio da planta por e-mail. O comercial retorna em dois dias úteis.",
        ),
        (
            "Achou alto o valor da instalação e perguntou pelo parcelamento.",
            "Explicado o que está incluído. Proposta com e sem instalação, em três parcelas.",
        ),
    ),
    later=(
        (
            "A peça chegou, mas só há acesso pela manhã.",
            "Confirmado o técnico para as 8 horas, com a entrada pelos fundos.",
        ),
        (
            "Visita feita: medições anotadas na ficha. A causa provável é desgaste, não mau uso.",
            "Enviado o orçamento da peça. Enquanto isso, usar em carga reduzida.",
        ),
        (
            "O cliente pergunta do prazo. A peça está com o fornecedor.",
            "Prazo novo informado: dois dias úteis. Oferecido um equipamento de empréstimo.",
        ),
        (
            "Melhorou depois da limpeza, mas voltou a falhar no fim da tarde.",
            "O técnico volta com o registrador e deixa ligado até o dia seguinte.",
        ),
    ),
    last=(
        (
            "Testado por uma hora com carga, na presença do cliente. Sem falhas.",
            "Explicada a limpeza semanal. Próxima preventiva em seis meses.",
        ),
        (
            "Ligação de acompanhamento: funciona desde a visita.",
            "Encerrado com o acordo do cliente. Se voltar, responder à mesma mensagem.",
        ),
    ),
    answers={
        "RES": (
            "Peça trocada em garantia e testada na bancada por 24 horas. Pode ser entregue.",
            "Revisado o esquema: o ajuste correto foi passado ao técnico, que confirmou no local.",
        ),
        "ORC": (
            "Orçamento enviado por e-mail, com validade de 15 dias. Mão de obra e peças em linhas separadas.",
            "Valor aprovado na faixa do contrato: só a peça é cobrada.",
        ),
        "VIS": ("Visita marcada com o cliente, de manhã. Levar escada e multímetro.",),
        "SEM": ("O fabricante deixou de fornecer a peça. Sugerir a troca do equipamento.",),
    },
    reopened=(
        "O defeito voltou dois dias depois da visita.",
        "O cliente informou que faltou um dos equipamentos na preventiva.",
        "Fechado por engano: era outro atendimento do mesmo cliente.",
    ),
)
"""A workshop's."""

BOREAL = Conversations(
    contacts=(
        "Administração do condomínio",
        "Síndica",
        "Recepção",
        "Zeladoria",
        "Secretaria",
        "Responsável pela segurança",
        "Organização do evento",
    ),
    first=(
        (
            "O caso foi confirmado com quem estava no local. Não é a primeira vez neste mês.",
            "Registrado como reincidente. A supervisão passa hoje e dá o retorno até as 17 horas.",
        ),
        (
            "Enviadas duas fotos por mensagem, que ficaram com o setor.",
            "Confirmado o recebimento. A equipe volante foi avisada e o cliente recebe o horário.",
        ),
        (
            "Há pessoas circulando no local; precisa de isolamento da área.",
            "Pôr as placas e a fita até a chegada da equipe. A portaria foi avisada.",
        ),
    ),
    general=(
        (
            "O serviço está previsto no contrato, mas fora do horário combinado.",
            "Explicado o que o contrato cobre. O cliente aceita o horário normal.",
        ),
        (
            "O documento pedido está no arquivo do contrato.",
            "Enviado por e-mail com cópia para a administração. Aguardamos a confirmação.",
        ),
        (
            "A decisão é da assembleia, marcada para daqui a duas semanas.",
            "Combinado um resumo de uma página com valores e prazos. O comercial prepara.",
        ),
        (
            "O recado foi passado à equipe da manhã, que agradeceu.",
            "Registrado na ficha da equipe. Nada a corrigir no serviço.",
        ),
    ),
    interest=(
        (
            "Tem contrato com outra empresa até o fim do ano e quer propostas agora.",
            "Marcada a visita para dimensionar a equipe. Levar a planilha de áreas.",
        ),
        (
            "Pergunta o que está incluído nos fins de semana.",
            "Enviada a tabela de escalas e o modelo de contrato.",
        ),
        (
            "Pediu referências de prédios parecidos.",
            "Enviadas três, com autorização. O comercial liga na segunda-feira.",
        ),
    ),
    later=(
        (
            "A equipe esteve no local e fez metade; o resto depende da chave da sala técnica.",
            "A administração deixa a chave na portaria. Equipe confirmada para amanhã cedo.",
        ),
        (
            "O cliente quer saber quem esteve no local e a que horas.",
            "Enviado o relatório da visita com a lista de presença.",
        ),
        (
            "Falta um material que está em falta no fornecedor.",
            "Substituto aprovado pelo cliente, sem diferença de preço.",
        ),
        (
            "O problema apareceu de novo em outro andar.",
            "Incluído o andar na mesma ordem. A supervisão acompanha de perto.",
        ),
    ),
    last=(
        (
            "Vistoria feita com a administração: tudo em ordem.",
            "Encerrado de acordo. A rota do dia foi ajustada para não repetir.",
        ),
        (
            "Três dias sem o problema.",
            "Encerrado. O cliente responde à mesma mensagem se voltar.",
        ),
    ),
    answers={
        "RES": (
            "Feito na noite passada e conferido pela supervisão. Fotos anexadas na ficha.",
            "Configuração corrigida e testada com o cliente ao telefone.",
        ),
        "ORC": (
            "Proposta enviada com três opções de frequência. Validade de 20 dias.",
            "Aditivo calculado: 4 % sobre a mensalidade, a partir do próximo mês.",
        ),
        "VIS": ("Vistoria marcada para quinta-feira às 9 horas, com a administração.",),
        "SEM": ("Depende da concessionária; o protocolo foi passado ao cliente.",),
    },
    reopened=(
        "O problema voltou no fim de semana.",
        "A administração pediu que o laudo fosse refeito com a data certa.",
        "Fechado antes de a segunda sala ser atendida.",
    ),
)
"""Of a company that looks after buildings."""
