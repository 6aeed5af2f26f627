"""The sections of the page Voting, a file each."""
