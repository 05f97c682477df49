"""What happens: the verbs that write more than one row, and turn rows into values and back."""
