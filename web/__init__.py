"""What stands between the network and the pages: who a browser is, and how much it may ask for."""
