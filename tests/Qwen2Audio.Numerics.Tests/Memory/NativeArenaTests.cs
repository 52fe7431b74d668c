namespace Qwen2Audio.Numerics.Tests.Memory;

/// <summary>Arenas with growing work, and buffers that are only partly used.</summary>
public sealed class NativeArenaTests
{
    [Fact]
    public void An_arena_whose_work_grows_keeps_no_chunks_that_are_too_small()
    {
        using var arena = new NativeArena(1 << 10);
        long peak = 0;
        for (var rows = 10; rows < 4_000; rows = rows * 5 / 4)
        {
            arena.Reset();
            for (var i = 0; i < 3; i++) arena.Allocate(rows * (i + 1), 16).Fill(1);
            peak = rows * 6L * 16;
        }

        Assert.InRange(arena.Capacity, peak, 2 * peak);
        arena.Reset();
        Assert.InRange(arena.Capacity, peak, peak + (1 << 10));
        var held = arena.Capacity;
        for (var i = 0; i < 3; i++) arena.Allocate((int)(peak / 96) * (i + 1), 16);
        arena.Reset();
        Assert.Equal(held, arena.Capacity); // the same work again takes nothing
    }

    [Fact]
    public void What_lies_before_a_mark_survives_a_reset()
    {
        using var arena = new NativeArena(1 << 10);
        var kept = arena.Allocate(3, 16);
        kept.Fill(7);
        var mark = arena.Position;
        for (var round = 1; round < 40; round++)
        {
            for (var i = 0; i < 5; i++) arena.Allocate(50 * round, 16).Fill(1);
            arena.Reset(mark);
        }

        Assert.All(kept.Span.ToArray(), number => Assert.Equal(7, number));
        Assert.InRange(arena.Capacity, 0, (1 << 10) + 5 * 50 * 39 * 16 + (1 << 10));
        Assert.True(arena.Holds(kept));
    }

    [Fact]
    public void A_buffer_costs_memory_only_where_it_is_used()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Reads /proc.");
        const long Numbers = 1L << 28; // 1 GiB
        var before = Resident();
        using var buffer = new NativeBuffer(Numbers);
        buffer.Matrix(1, 1 << 20, Numbers / 2).Fill(1);
        Assert.InRange(Resident() - before, long.MinValue, 500 << 20); // other tests run meanwhile
        Assert.Equal(0, buffer.Matrix(1, 1, Numbers - 1).Span[0]);
        Assert.Equal(0, buffer.Matrix(1, 1).Address % 64);
    }

    private static long Resident() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
