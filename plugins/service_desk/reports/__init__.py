"""«Relatório de Atendimentos e Encaminhamentos»: one question; screen, PDF, spreadsheet and CSV answer it.

question.py        what is asked: read from a query string, written to one
narrowing.py       the question as SQL conditions on tickets and forwardings
contradictions.py  which filters exclude each other
columns.py         what a line can show of a ticket or a forwarding, as SQL
listing.py         lines of tickets and of forwardings: pages, whole answers, totals
details.py         contacts and forwardings below a ticket
dimensions.py      what a summary groups by
summing.py         summaries by technician, department, customer, product, category, channel, month
drawing.py         a summary as a chart
stating.py         the question in words
report.py          the report that the host's files and saved reports know
"""
