namespace Qwen2Audio.Numerics.Tests;

public sealed class GemmTests
{
    [Fact]
    public void Product_of_small_matrices_is_the_textbook_one()
    {
        using var pool = new WorkerPool(1);
        using var memory = new NativeArena();
        var a = memory.Allocate(2, 3);
        var b = memory.Allocate(3, 2);
        var c = memory.Allocate(2, 2);
        ((float[])[1, 2, 3, 4, 5, 6]).CopyTo(a.Span);
        ((float[])[7, 8, 9, 10, 11, 12]).CopyTo(b.Span);
        Gemm.Multiply(pool, a, false, b, false, c);
        Assert.Equal([58f, 64, 139, 154], c.Span.ToArray());
    }
}
