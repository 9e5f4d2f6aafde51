-- What every script tells at the end, as one line of JSON. Statuses other than 2xx count as bad.
return function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('QUOTIDIAN {"requests":%d,"seconds":%f,"bytes":%d,"bad":%d}\n', summary.requests,
    summary.duration / 1e6, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout))
end
