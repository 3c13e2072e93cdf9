"""How many seats a volume of calls needs (R8): queues, outbound work, and plans of hours.

Pure: no clock, no chance, no file. Commands read the figures and show the answers.
"""
