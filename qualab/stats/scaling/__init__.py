"""Many HRCs on one scale: Bradley-Terry and Davidson."""
