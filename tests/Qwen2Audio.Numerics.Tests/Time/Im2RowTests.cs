using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Numerics.Tests.Time;

public class Im2RowTests
{
    [Theory]
    [InlineData(3, 3, 1, 1, 1, 1)]
    [InlineData(8, 3, 2, 1, 1, 1)]
    [InlineData(19, 5, 3, 4, 0, 1)]
    [InlineData(1, 1, 1, 0, 0, 1)]
    [InlineData(5, 2, 4, 0, 3, 1)]
    [InlineData(4, 3, 1, 6, 0, 3)]
    [InlineData(9, 5, 3, 4, 3, 2)]
    public void GatherAndScatterEqualTheDefinition(int channels, int taps, int stride, int padLeft, int padRight, int dilation)
    {
        using var pool = new WorkerPool(3);
        using var data = new ConvolutionCase([7, 0, 100, 1], channels, taps, stride, padLeft, padRight, dilation);
        var columns = data.Filled(data.OutputRows, taps * channels);
        Im2Row.Gather(pool, data.X, data.Starts, taps, stride, padLeft, columns, data.YStarts, dilation);
        var slopes = data.Filled(data.OutputRows, taps * channels);
        var dx = data.Filled(data.X.Rows, channels);
        var expected = new double[data.OutputRows, taps * channels];
        var expectedX = ConvolutionCase.ToDouble(dx);
        foreach (var (row, source, t) in data.Taps())
        {
            for (var c = 0; c < channels; c++)
            {
                expected[row, t * channels + c] = data.X.Row(source)[c];
                expectedX[source, c] += slopes.Row(row)[t * channels + c];
            }
        }

        Im2Row.ScatterAdd(pool, slopes, data.YStarts, taps, stride, padLeft, dx, data.Starts, dilation);
        ConvolutionCase.Near(expected, columns, 0);
        ConvolutionCase.Near(expectedX, dx, 1e-6);
    }

    [Fact]
    public void PiecesAreTheWhole()
    {
        using var pool = new WorkerPool(2);
        using var data = new ConvolutionCase([7, 0, 100, 1], 3, 4, 2, 3, 0);
        var whole = data.Filled(data.OutputRows, 12);
        Im2Row.Gather(pool, data.X, data.Starts, 4, 2, 3, whole, data.YStarts);
        for (var row = 0; row < data.OutputRows; row += 17)
        {
            var piece = data.Filled(Math.Min(17, data.OutputRows - row), 12);
            Im2Row.Gather(pool, data.X, data.Starts, 4, 2, 3, piece, data.YStarts, firstRow: row);
            Assert.Equal(ConvolutionCase.Flat(whole.RowRange(row, piece.Rows)), ConvolutionCase.Flat(piece));
        }

        Assert.Throws<ArgumentException>(
            () => Im2Row.Gather(pool, data.X, data.Starts, 4, 2, 3, data.Filled(17, 12), data.YStarts, firstRow: data.OutputRows - 16));
    }

    [Fact]
    public void MisshapenColumnsAreNamed()
    {
        using var pool = new WorkerPool(1);
        using var data = new ConvolutionCase([7], 4, 3, 1, 1, 1);
        Assert.Throws<ArgumentException>(() => Im2Row.Gather(pool, data.X, data.Starts, 3, 1, 1, data.Filled(7, 11), data.YStarts));
        Assert.Throws<ArgumentException>(() => Im2Row.Gather(pool, data.X, data.Starts, 3, 0, 1, data.Filled(7, 12), data.YStarts));
        Assert.Throws<ArgumentException>(() => Im2Row.Gather(pool, data.X, data.Starts, 3, 1, 1, data.Filled(7, 12), [0, 9]));
    }

    [Fact]
    public void KernelOrderMovesTapsOutwards()
    {
        using var data = new ConvolutionCase([2], 1, 1, 1, 0, 0);
        var kernel = data.Filled(3, 8);
        var tapMajor = data.Filled(3, 8);
        KernelOrder.ToTapMajor(kernel, 2, tapMajor);
        Assert.Equal(kernel.Row(2)[3 * 2 + 1], tapMajor.Row(2)[1 * 4 + 3]);
        var before = ConvolutionCase.ToDouble(kernel);
        KernelOrder.FromTapMajorAccumulate(tapMajor, 2, kernel);
        for (var o = 0; o < 3; o++)
        {
            for (var i = 0; i < 8; i++) Assert.Equal(2 * before[o, i], kernel.Row(o)[i], 1e-6);
        }

        Assert.Throws<ArgumentException>(() => KernelOrder.ToTapMajor(kernel, 3, tapMajor));
    }
}
