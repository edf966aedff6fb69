"""The services of a profile: its stores, its keys, and what handlers and jobs are given."""

from collections.abc import Collection
from dataclasses import replace

from movieserver.announcements import Announcements
from movieserver.backends import StoreContext, Topic
from movieserver.clock import Clock, VersionClock
from movieserver.composition.keys import profile_verifier
from movieserver.declarations import ROLES
from movieserver.jobs import Job
from movieserver.memory.memory import Memory
from movieserver.metrics.siblings import Siblings
from movieserver.process.lifecycle import Lifecycle
from movieserver.process.time_limit import TimeLimit
from movieserver.profile import Profile
from movieserver.services import Services, Stores
from movieserver.tracing import Tracer, make_tracer


def make_services(profile: Profile, clock: Clock, siblings: Siblings | None) -> Services:
    """Everything that the profile's handlers and jobs work with; nothing is connected yet."""
    return Services(
        stores=make_stores(profile, clock),
        memory=make_memory(profile, clock),
        announcements=Announcements(),
        lifecycle=Lifecycle(),
        tokens=profile_verifier(profile, clock, makes_secret=True),
        topics=profile.events,
        clock=clock,
        versions=VersionClock(clock),
        time_limit=TimeLimit(profile.http.request_timeout),
        tracer=tracer_of(profile),
        siblings=siblings,
        profile=profile.name,
    )


def make_jobs(profile: Profile, services: Services) -> dict[str, Job]:
    """The jobs by name; raises ``ConfigurationError`` for one that cannot be made."""
    jobs: dict[str, Job] = {}
    for use in profile.jobs:
        try:
            jobs[use.name] = use.job(services, use.options)
        except Exception as error:
            raise use.place.mistake(f"cannot be made: {type(error).__name__}: {error}") from error
    return jobs


def make_memory(profile: Profile, clock: Clock) -> Memory:
    """The memory, with a snapshot for everything that jobs of the profile fill."""
    return Memory(clock, frozenset().union(*(use.job.fills for use in profile.jobs)))


def make_stores(
    profile: Profile,
    clock: Clock,
    roles: Collection[str] = ROLES,
    *,
    makes_topics: bool = True,
) -> Stores:
    """The stores for ``roles`` that the profile lists, not open yet.

    Opening the event log makes absent topics. If ``makes_topics`` is false, it fails instead, and
    does without the topic for dead letters, which only servers write to.
    """
    rates, dead = topics(profile)
    needed = [rates, dead] if makes_topics else [replace(rates, create=False)]
    return Stores(
        {
            role: use.make(StoreContext(profile.data, clock, use.timeout), needed)
            for role, use in profile.stores.items()
            if role in roles
        }
    )


def topics(profile: Profile) -> tuple[Topic, Topic]:
    """The topic of events and its dead-letter topic."""
    settings = profile.events
    rates = Topic(
        settings.topic,
        partitions=settings.partitions,
        retention=settings.retention,
        replication=settings.replication,
    )
    dead = Topic(
        settings.dead_topic,
        partitions=1,
        retention=settings.retention,
        compacted=False,
        replication=settings.replication,
    )
    return rates, dead


def tracer_of(profile: Profile) -> Tracer:
    """What follows rates; it is told which kind of log their events go through."""
    use = profile.stores.get("events")
    return make_tracer(profile.tracing, use.backend.name if use else "none")
