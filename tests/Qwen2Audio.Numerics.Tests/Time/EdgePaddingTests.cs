using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Numerics.Tests.Time;

public class EdgePaddingTests
{
    /// <summary>padLeft, padRight: sequences of 7, 0, 1, 2, 80 rows, so that some are shorter than a pad.</summary>
    [Theory]
    [InlineData(3, 0, false)]
    [InlineData(0, 4, false)]
    [InlineData(6, 2, false)]
    [InlineData(5, 9, false)]
    [InlineData(0, 0, false)]
    [InlineData(3, 0, true)]
    [InlineData(5, 9, true)]
    [InlineData(0, 2, true)]
    public void ForwardIsTheDefinitionAndBackwardItsAdjoint(int padLeft, int padRight, bool replicate)
    {
        int[] lengths = [7, 0, 1, 2, 80];
        using var pool = new WorkerPool(3);
        using var data = new ConvolutionCase(lengths, 5, 1, 1, padLeft, padRight);
        var y = data.Filled(data.OutputRows, 5);
        EdgePadding.Forward(pool, data.X, data.Starts, padLeft, y, data.YStarts, replicate);
        var dy = data.Filled(data.OutputRows, 5);
        var dx = data.Filled(data.X.Rows, 5);
        var expectedX = ConvolutionCase.ToDouble(dx);
        var expected = new double[data.OutputRows, 5];
        for (var s = 0; s < lengths.Length; s++)
        {
            var sources = replicate ? Repeated(lengths[s], padLeft, padRight) : Padded(lengths[s], padLeft, padRight);
            Assert.Equal(data.YStarts[s + 1] - data.YStarts[s], sources.Count);
            for (var i = 0; i < sources.Count; i++)
            {
                if (sources[i] < 0) continue;
                for (var c = 0; c < 5; c++)
                {
                    expected[data.YStarts[s] + i, c] = data.X.Row(data.Starts[s] + sources[i])[c];
                    expectedX[data.Starts[s] + sources[i], c] += dy.Row(data.YStarts[s] + i)[c];
                }
            }
        }

        EdgePadding.Backward(pool, dy, data.YStarts, padLeft, dx, data.Starts, replicate);
        ConvolutionCase.Near(expected, y, 0);
        ConvolutionCase.Near(expectedX, dx, 1e-5);
    }

    [Fact]
    public void ShapesThatDoNotFitAreRefused()
    {
        using var pool = new WorkerPool(1);
        using var data = new ConvolutionCase([7], 4, 1, 1, 2, 2);
        Assert.Throws<ArgumentException>(() => EdgePadding.Forward(pool, data.X, data.Starts, 5, data.Filled(11, 4), data.YStarts, false));
        Assert.Throws<ArgumentException>(() => EdgePadding.Forward(pool, data.X, data.Starts, 2, data.Filled(11, 3), data.YStarts, false));
        Assert.Throws<ArgumentException>(() => EdgePadding.Forward(pool, data.X, data.Starts, 2, data.Filled(10, 4), data.YStarts, false));
    }

    private static List<int> Repeated(int length, int left, int right) =>
        [.. Enumerable.Range(-left, left + length + right).Select(place => length == 0 ? -1 : Math.Clamp(place, 0, length - 1))];

    /// <summary>EnCodec's padding step by step: zeros at the end, mirroring, cutting; −1 means a zero.</summary>
    private static List<int> Padded(int length, int left, int right)
    {
        var extra = length <= Math.Max(left, right) ? Math.Max(left, right) - length + 1 : 0;
        List<int> longer = [.. Enumerable.Range(0, length), .. Enumerable.Repeat(-1, extra)];
        List<int> padded = [.. longer.Skip(1).Take(left).Reverse(), .. longer, .. longer.AsEnumerable().Reverse().Skip(1).Take(right)];
        return padded[..^extra];
    }
}
