"""The types of fields: text formats, closed lists, value objects."""
