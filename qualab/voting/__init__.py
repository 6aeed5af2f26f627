"""Voting: `design` says what each viewer is shown, `store` keeps what they answered; neither knows the other."""
