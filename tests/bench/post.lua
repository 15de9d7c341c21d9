-- wrk script: POST the form FORM with Basic credentials; with TOKENS, each request carries another token of that file.
-- Without FORM the requests are those of wrk's own arguments.
local tokens = {}
local path = os.getenv("TOKENS")
if path and path ~= "" then
  for line in io.lines(path) do tokens[#tokens + 1] = line end
end
local at = 0
local headers = {
  ["Content-Type"] = "application/x-www-form-urlencoded",
  ["Authorization"] = os.getenv("AUTHORIZATION"),
}
local form = os.getenv("FORM")
if form ~= "" then
  function request()
    if #tokens == 0 then return wrk.format("POST", nil, headers, form) end
    at = at % #tokens + 1
    return wrk.format("POST", nil, headers, form .. "&token=" .. tokens[at])
  end
end
function done(summary)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RATE %.0f BAD %d REQUESTS %d\n", summary.requests / (summary.duration / 1e6), bad, summary.requests))
end
