-- Each request another campaign out of CAMPAIGNS, in a scattered order; PATH has %05d where its number belongs.
local campaigns, path, number = tonumber(os.getenv("CAMPAIGNS")), os.getenv("TARGET"), 0
request = function()
  number = (number + 7919) % campaigns
  return wrk.format(nil, string.format(path, number))
end
done = require("report")
