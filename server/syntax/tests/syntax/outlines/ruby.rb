require "json"
require_relative 'lib/base'

# Keeps things.
module Shop
  LIMIT = 3

  # A store.
  class Store < Base::Record
    include Comparable
    extend Shop::Finders
    attr_reader :name, :size

    def initialize(name, size = 1, *rest, key:, other: 2, **options, &block)
      @name = name
      local = compute(size, *rest)
      local.each { |item| puts item, key; log item }
    end

    def self.build(*args) = new(*args)

    def empty?
      total, left = counts
      total.zero? && Shop::LIMIT > helper
    rescue NotFound => error
      raise Failure.new("x", error)
    end

    def name=(value)
      self[:name] = value
    end

    class << self
      def create; Item.new; end
    end
  end
end

RSpec.describe Shop::Store do
  let(:store) { described_class.new("a") }
  context "when empty" do
    it "adds" do
      expect(store.add(1)).to eq(2)
    end
  end
end

class StoreTest < Minitest::Test
  def test_adds; assert_equal 1, Shop::Store.build; end
end
