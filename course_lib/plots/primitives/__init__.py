"""What figures are made of: colours, nodes and arrows, chains, curves, bars, tables."""
