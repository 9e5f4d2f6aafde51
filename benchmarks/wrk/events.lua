-- Batches of 100 events, each event new: an uninstall, sessions, and messages of one campaign.
local run, batch, now = os.getenv("RUN"), 0, tonumber(os.getenv("NOW"))
local campaign = '"campaign_id":"live","message_variation_id":"one"'
local function event(kind, number, properties)
  return string.format(
    '{"event_type":"users.%s","id":"%s-%d-%d","time":%d,"user":{"user_id":"user-%d"},"properties":{%s}}',
    kind, run, batch, number, now - number, (batch * 37 + number) % 50000, properties)
end
request = function()
  batch = batch + 1
  local events = {event("behaviors.Uninstall", 0, "")}
  for number = 1, 39 do events[#events + 1] = event("behaviors.app.SessionStart", number, "") end
  for number = 40, 79 do events[#events + 1] = event("messages.email.Send", number, campaign) end
  for number = 80, 99 do events[#events + 1] = event("messages.email.Open", number, campaign) end
  return wrk.format("POST", nil, nil, '{"events":[' .. table.concat(events, ",") .. "]}")
end
done = require("report")
