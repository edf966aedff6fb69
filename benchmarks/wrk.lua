-- Sends the requests in a file in turn, and prints what was measured as a line of JSON.
-- wrk -s wrk.lua URL -- FILE, where NUL bytes separate the requests in the file.

local requests, following = {}, 0

function init(arguments)
   local file = assert(io.open(arguments[1], "rb"))
   for each in file:read("*a"):gmatch("%Z+") do
      requests[#requests + 1] = each
   end
   file:close()
end

function request()
   following = following % #requests + 1
   return requests[following]
end

function done(summary, latency)
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   io.write(string.format(
      '{"requests": %d, "seconds": %f, "p99_ms": %f, "failed": %d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3, failed))
end
