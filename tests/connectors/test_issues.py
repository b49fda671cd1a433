from goldloop.connectors.issues import QUOTED, issue_of


def test_a_sentence_quotes_the_beginning_of_a_long_cell_and_the_row_keeps_all_of_it() -> None:
    cell = "1x" * 100_000
    issue = issue_of("bad_number", row=2, column="amount", raw=cell, raw_row={"amount": cell}, content_hash="h")
    assert (issue.raw, issue.raw_row) == (cell, {"amount": cell})
    assert issue.text == f"'{cell[:QUOTED]}…' in amount is not a number."
    assert issue.params["raw"] == cell[:QUOTED] + "…"
