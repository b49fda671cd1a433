"""The door of this context; everybody else imports from here only."""

from goldloop.apps.queue.contracts import Job
from goldloop.apps.queue.queries import job_list, job_show, jobs_open
from goldloop.apps.queue.services import (
    answer_once,
    answers_forget,
    job_add,
    job_again,
    job_cancel,
    job_claim,
    job_finish,
    job_release,
    job_tell,
    jobs_forget,
)

__all__ = [
    "Job",
    "answer_once",
    "answers_forget",
    "job_add",
    "job_again",
    "job_cancel",
    "job_claim",
    "job_finish",
    "job_list",
    "job_release",
    "job_show",
    "job_tell",
    "jobs_forget",
    "jobs_open",
]
