"""`./dev bench`: how fast the portal is on real servers, each route also as a share of a bare `hello`."""
