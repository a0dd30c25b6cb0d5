-- Requests for wrk. From the environment:
--   BENCH_TOKENS   a file with one token a line, used in turn, from the first again after the last; or
--   BENCH_TOKEN    the one token
--   BENCH_HEADERS  client header fields beside host and authorization
--   BENCH_BODY     bytes of a POST's body; 0 makes it a GET
-- `done` prints one line of name=value pairs, with times in microseconds, for the driver to read.

local fields = tonumber(os.getenv("BENCH_HEADERS") or "2")
local bytes = tonumber(os.getenv("BENCH_BODY") or "0")
local file = os.getenv("BENCH_TOKENS")
local names = {
   "accept: */*",
   "user-agent: Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) MicroMessenger/8.0.49 NetType/WIFI",
   "accept-language: zh-CN,zh-Hans;q=0.9",
   "referer: https://servicewechat.com/wx4f4bc4dec97d474b/12/page-frame.html",
   "accept-encoding: gzip,compress,br,deflate",
}

local head, tail

function init()
   local method, body = "GET", ""
   local lines = {}
   for i = 1, fields do
      lines[i] = names[i] or string.format("x-client-field-%02d: value-of-field-%02d", i, i)
   end
   if bytes > 0 then
      method = "POST"
      body = '{"filling":"' .. string.rep("x", bytes - 14) .. '"}'
      lines[#lines + 1] = "content-type: application/json"
      lines[#lines + 1] = "content-length: " .. #body
   end
   local rest = table.concat(lines, "\r\n")
   if #rest > 0 then rest = rest .. "\r\n" end
   head = method .. " " .. wrk.path .. " HTTP/1.1\r\nhost: " .. wrk.host .. ":" .. wrk.port .. "\r\nauthorization: Bearer "
   tail = "\r\n" .. rest .. "\r\n" .. body
   if file then
      local next_line = io.lines(file)
      request = function()
         local token = next_line()
         if not token then
            next_line = io.lines(file)
            token = next_line()
         end
         return head .. token .. tail
      end
   else
      local whole = head .. os.getenv("BENCH_TOKEN") .. tail
      request = function() return whole end
   end
end

function done(summary, latency)
   local errors = summary.errors
   print(string.format(
      "RESULT requests=%d duration=%d bytes=%d p50=%d p99=%d max=%d connect=%d read=%d write=%d status=%d timeout=%d",
      summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99), latency.max,
      errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
