"""«Cópia dos Parâmetros Adicionais de Outra Empresa» (R5).

rights       who administers what, at this instant
preview      what differs, and what would be refused; its digest is posted back with the wish
copies       the wish: up to 20 companies at once, all or none; more are left to a worker
undo         one batch taken back, by version
runs         company by company: what a worker does, and the undoing of a whole copy
"""
