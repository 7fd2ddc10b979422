"""The bank for other programs and for paper: Moodle, GIFT, Anki, exam sheets with their keys, class results.

Each format is written from the same sheets; ids, order and bytes are the same every time.
"""
