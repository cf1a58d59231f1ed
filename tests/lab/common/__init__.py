"""What both labs share: programs, ports, addresses, browsers' sessions, vncdoctor's runs and the tables."""
