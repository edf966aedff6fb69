"""What is counted while the server works, and how Prometheus is told of it."""

from movieserver.metrics.meters import Histogram, JobMeter, Meters, RouteMeter

__all__ = ["Histogram", "JobMeter", "Meters", "RouteMeter"]
