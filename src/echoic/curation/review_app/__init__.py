"""The review web app: people answer and judge candidates, an adjudicator settles differences.

tables, database        what is stored, and how it is opened and migrated
accounts, sessions      who may come in
desk, adjudicate        what annotators and adjudicators do: appended events, derived states
progress, exchange      what the owner sees, and what goes out and comes in as files
web, routes_*           the pages over these
"""
