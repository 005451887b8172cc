local json = require("json")
local M = {}

-- A limit.
M.limit = 3
local LOW = 1

-- Finds it.
function M.find(key, ...)
  local value = M.items[key] or helper(key, ...)
  for index, item in ipairs(value) do log(index, item, LOW) end
  return self:check(value, function(x) return x + y end)
end

function M:close() self.closed = true end
local function hidden(a) return a end
M.save = function(path) io.open(path) end
local api = { run = function() hidden(1) end, size = 2 }

describe("store", function()
  it("finds", function() assert.equals(1, M.find("a")) end)
end)
return M
