"""The rooms in the middle and on the right: hear, label, adapt."""
