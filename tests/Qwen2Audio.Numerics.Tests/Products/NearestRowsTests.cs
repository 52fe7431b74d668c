using Qwen2Audio.Numerics.Products;

namespace Qwen2Audio.Numerics.Tests.Products;

/// <summary>The nearest entry of a codebook compared with an explicit search.</summary>
public sealed class NearestRowsTests : KernelTest
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 3, 4)]
    [InlineData(40, 64, 8)]
    [InlineData(33, 65, 5)]
    [InlineData(90, 200, 31)]
    public void ItIsTheNearest(int rows, int entries, int width)
    {
        var (x, codebook) = (TestMatrices.Filled(Memory, rows, width), TestMatrices.Filled(Memory, entries, width));
        var found = new int[rows];
        NearestRows.Find(Pool, x, codebook, found);
        for (var row = 0; row < rows; row++)
        {
            var distances = Enumerable.Range(0, entries).Select(e => Distance(x.Row(row), codebook.Row(e))).ToArray();
            Assert.True(distances[found[row]] <= distances.Min() * (1 + 1e-5), $"row {row} took {found[row]}");
        }

        using var prepared = new SearchedEntries(codebook);
        var again = new int[rows];
        NearestRows.Find(Pool, x, prepared, again);
        Assert.Equal(found, again);
        var entry = new float[width];
        for (var e = 0; e < entries; e++)
        {
            prepared.CopyRow(e, entry);
            Assert.Equal(codebook.Row(e).ToArray(), entry);
        }
    }

    [Fact]
    public void ACodebookOfAnotherShapeIsRefused()
    {
        using var codebook = new SearchedEntries(TestMatrices.Filled(Memory, 5, 3));
        Assert.Throws<ArgumentException>(() => NearestRows.Find(Pool, Memory.Allocate(1, 4), codebook, new int[1]));
        Assert.Throws<ArgumentException>(() => NearestRows.Find(Pool, Memory.Allocate(2, 3), codebook, new int[1]));
        Assert.Throws<ArgumentException>(() => new SearchedEntries(Memory.Allocate(0, 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => codebook.CopyRow(5, new float[3]));
    }

    [Fact]
    public void TheFirstOfEqualEntriesIsTaken()
    {
        var codebook = TestMatrices.Filled(Memory, 130, 6);
        var x = Memory.Allocate(2, 6);
        for (var row = 0; row < 2; row++) codebook.Row(20 + row).CopyTo(x.Row(row));
        codebook.Row(20).CopyTo(codebook.Row(129));
        codebook.Row(21).CopyTo(codebook.Row(4));
        var found = new int[2];
        NearestRows.Find(Pool, x, codebook, found);
        Assert.Equal([20, 4], found);
    }

    [Fact]
    public void ARowThatIsNoNumberTakesSomeEntry()
    {
        var codebook = TestMatrices.Filled(Memory, 5, 3);
        var x = Memory.Allocate(1, 3);
        x.Fill(float.NaN);
        int[] found = [-1];
        NearestRows.Find(Pool, x, codebook, found);
        Assert.Equal(0, found[0]);
    }

    private static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return sum;
    }
}
