"""`goldloop serve`: the web app on this machine or behind a proxy."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from goldloop.cli.command import Answer, Run


def serve(
    run: Run,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8520,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that answer.")] = 1,
    no_jobs: Annotated[
        bool, typer.Option("--no-jobs", help="Leave background work to 'goldloop work', here or elsewhere.")
    ] = False,
) -> Answer:
    """Serve the web app and do its background work; ends with Ctrl-C."""
    from goldloop.jobs import serving

    shop = run.shop(create=True)

    def say(address: str) -> None:
        print(address, flush=True)
        link = shop.first_link()
        if link is not None:
            print(run.words("serve_first", link=address + link.path), flush=True)

    serving.serve(shop.home, host=host, port=port, workers=workers, jobs=not no_jobs, say=say)
    return Answer(None, lambda screen: None)


def work(run: Run) -> Answer:
    """Do the background work that the web app is asked for; ends with Ctrl-C. Several at once share it."""
    from goldloop.jobs import queue

    queue.run(run.shop().home)
    return Answer(None, lambda screen: None)


def mcp(run: Run) -> Answer:
    """Answer an agent over standard input and output (Model Context Protocol), reading only, with the key in GOLDLOOP_KEY."""
    from goldloop.jobs import serving

    return Answer(None, lambda screen: None, exit_code=serving.agent(run.shop().home))


COMMANDS: tuple[tuple[str, Any], ...] = (("serve", serve), ("work", work), ("mcp", mcp))
