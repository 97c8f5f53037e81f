"""HTTP of the users module: one's own account under `/`, the company's members under `/c/<company>/users`."""

from app.users.views import account, members
from app.users.views.blueprints import account as account_blueprint
from app.users.views.blueprints import members as members_blueprint

blueprints = [account_blueprint, members_blueprint]

__all__ = ["account", "blueprints", "members"]
