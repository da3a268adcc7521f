-- wrk script: posts the lines of a corpus (bench/make_corpus.cc), each once. CORPUS, FIRST_LINE and LINE_COUNT come by environment.
local lines, next_line = {}, 0

function init(args)
  local first, count = tonumber(os.getenv("FIRST_LINE")), tonumber(os.getenv("LINE_COUNT"))
  local number = 0
  for line in io.lines(os.getenv("CORPUS")) do
    number = number + 1
    if number > first then
      lines[#lines + 1] = line
      if #lines == count then break end
    end
  end
end

function request()
  next_line = next_line + 1
  local line = lines[next_line]
  if not line then
    wrk.thread:stop()
    line = lines[1]
  end
  return wrk.format("POST", nil, {
    ["Content-Type"] = "application/json",
    ["x-genesys-signature"] = line:sub(1, 64),
  }, line:sub(66))
end

-- "BENCH requests seconds bad p50_ms p99_ms" for scripts/bench.
function done(summary, latency, requests)
  io.write(string.format("BENCH %d %.3f %d %.2f %.2f\n", summary.requests,
    summary.duration / 1e6, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write +
    summary.errors.timeout, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
