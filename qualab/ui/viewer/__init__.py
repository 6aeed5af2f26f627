"""The pages that a viewer sees."""
