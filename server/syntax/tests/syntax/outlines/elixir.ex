defmodule Shop.Store do
  @moduledoc "A store."
  use GenServer
  alias Shop.Models.{Item, Clock}
  alias Shop.Other, as: Second
  import Ecto.Query, only: [from: 2]
  @behaviour Shop.Reader
  @limit 3
  @type t :: %__MODULE__{name: String.t()}

  @doc "Finds it."
  @spec find(String.t(), integer) :: Item.t()
  def find(key, depth \\ 1) when is_binary(key) do
    local = load(key)
    {:ok, value} = Second.fetch(local, @limit)
    value |> Enum.map(fn x -> x + depth end) |> helper(1)
    %Item{name: key}
  end

  defp hidden, do: :ok
  defmacro shout(x), do: quote(do: IO.puts(unquote(x)))
  defguard is_small(x) when x < 3
end

defmodule Shop.StoreTest do
  use ExUnit.Case
  describe "find" do
    test "works", %{conn: conn} do
      assert Shop.Store.find("a") == &hidden/0
    end
  end
end
