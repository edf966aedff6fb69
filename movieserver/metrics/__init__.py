"""What is counted while the server works."""

from movieserver.metrics.meters import Histogram, JobMeter, Meters, RouteMeter

__all__ = ["Histogram", "JobMeter", "Meters", "RouteMeter"]
