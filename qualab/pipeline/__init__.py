"""From clips to PVSs, scores and packed pairs; knows nothing of votes."""
