using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Numerics.Tests.Time;

public class ReflectPaddingTests
{
    /// <summary>padLeft, padRight: sequences of 7, 0, 1, 2, 80 rows, so that some are shorter than a pad.</summary>
    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 4)]
    [InlineData(6, 2)]
    [InlineData(5, 9)]
    [InlineData(0, 0)]
    public void ForwardIsTheDefinitionAndBackwardItsAdjoint(int padLeft, int padRight)
    {
        int[] lengths = [7, 0, 1, 2, 80];
        using var pool = new WorkerPool(3);
        using var data = new ConvolutionCase(lengths, 5, 1, 1, padLeft, padRight);
        var y = data.Filled(data.OutputRows, 5);
        ReflectPadding.Forward(pool, data.X, data.Starts, padLeft, y, data.YStarts);
        var dy = data.Filled(data.OutputRows, 5);
        var dx = data.Filled(data.X.Rows, 5);
        var expectedX = ConvolutionCase.ToDouble(dx);
        var expected = new double[data.OutputRows, 5];
        for (var s = 0; s < lengths.Length; s++)
        {
            var sources = Padded(lengths[s], padLeft, padRight);
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

        ReflectPadding.Backward(pool, dy, data.YStarts, padLeft, dx, data.Starts);
        ConvolutionCase.Near(expected, y, 0);
        ConvolutionCase.Near(expectedX, dx, 1e-5);
    }

    [Fact]
    public void ShapesThatDoNotFitAreRefused()
    {
        using var pool = new WorkerPool(1);
        using var data = new ConvolutionCase([7], 4, 1, 1, 2, 2);
        Assert.Throws<ArgumentException>(() => ReflectPadding.Forward(pool, data.X, data.Starts, 5, data.Filled(11, 4), data.YStarts));
        Assert.Throws<ArgumentException>(() => ReflectPadding.Forward(pool, data.X, data.Starts, 2, data.Filled(11, 3), data.YStarts));
        Assert.Throws<ArgumentException>(() => ReflectPadding.Forward(pool, data.X, data.Starts, 2, data.Filled(10, 4), data.YStarts));
    }

    /// <summary>EnCodec's steps one after the other: zeros behind, mirroring, cutting; −1 stands for a zero.</summary>
    private static List<int> Padded(int length, int left, int right)
    {
        var extra = length <= Math.Max(left, right) ? Math.Max(left, right) - length + 1 : 0;
        List<int> longer = [.. Enumerable.Range(0, length), .. Enumerable.Repeat(-1, extra)];
        List<int> padded = [.. longer.Skip(1).Take(left).Reverse(), .. longer, .. longer.AsEnumerable().Reverse().Skip(1).Take(right)];
        return padded[..^extra];
    }
}
