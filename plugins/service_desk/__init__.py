"""The service desk: tickets («Atendimentos») as an add-on of the ERP host."""
