using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Numerics.Tests.Time;

public class DepthwiseConvTests
{
    /// <summary>channels, taps, stride, padLeft, padRight, with bias.</summary>
    public static TheoryData<int, int, int, int, int, bool> Cases => new()
    {
        { 1, 1, 1, 0, 0, false },
        { 16, 7, 1, 3, 3, true },
        { 37, 15, 1, 7, 7, true },
        { 131, 5, 1, 4, 0, false },
        { 20, 3, 2, 1, 1, true },
        { 33, 4, 3, 0, 2, true },
        { 128, 2, 4, 1, 0, false },
        { 8, 33, 1, 16, 16, true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void ForwardAndBackwardEqualTheDefinition(int channels, int taps, int stride, int padLeft, int padRight, bool withBias)
    {
        using var pool = new WorkerPool(3);
        using var data = new ConvolutionCase([9, 0, 1, 80, 150], channels, taps, stride, padLeft, padRight);
        var bias = withBias ? data.Filled(1, channels) : default;
        var kernel = data.Filled(channels, taps);
        var y = data.Filled(data.OutputRows, channels);
        DepthwiseConv.Forward(pool, data.X, data.Starts, kernel, bias, stride, padLeft, y, data.YStarts);

        var (dx, dkernel, dbias) = (data.Filled(data.X.Rows, channels), data.Filled(channels, taps), data.Filled(1, channels));
        var dy = data.Filled(data.OutputRows, channels);
        var expected = new double[data.OutputRows, channels];
        var expectedX = ConvolutionCase.ToDouble(dx);
        var expectedKernel = ConvolutionCase.ToDouble(dkernel);
        var expectedBias = ConvolutionCase.ToDouble(dbias);
        for (var row = 0; row < data.OutputRows; row++)
        {
            for (var c = 0; c < channels; c++)
            {
                expected[row, c] = withBias ? bias.Row(0)[c] : 0;
                expectedBias[0, c] += dy.Row(row)[c];
            }
        }

        foreach (var (row, source, t) in data.Taps())
        {
            for (var c = 0; c < channels; c++)
            {
                expected[row, c] += (double)kernel.Row(c)[t] * data.X.Row(source)[c];
                expectedX[source, c] += (double)kernel.Row(c)[t] * dy.Row(row)[c];
                expectedKernel[c, t] += (double)data.X.Row(source)[c] * dy.Row(row)[c];
            }
        }

        DepthwiseConv.Backward(
            pool, data.X, data.Starts, kernel, stride, padLeft, dy, data.YStarts, dx, dkernel, withBias ? dbias : default);
        ConvolutionCase.Near(expected, y, 1e-5);
        ConvolutionCase.Near(expectedX, dx, 1e-5);
        ConvolutionCase.Near(expectedKernel, dkernel, 1e-4);
        if (withBias) ConvolutionCase.Near(expectedBias, dbias, 1e-4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void NeitherThreadsNorOtherSequencesChangeABit(int stride)
    {
        var alone = Run(1, [100], stride);
        Assert.Equal(alone.Y, Run(2, [100, 31], stride).Y[..alone.Y.Length]);
        Assert.Equal(Run(1, [100, 31], stride).Gradients, Run(5, [100, 31], stride).Gradients);
    }

    [Fact]
    public void NothingIsAllocated()
    {
        using var pool = new WorkerPool(1);
        using var data = new ConvolutionCase([60], 48, 7, 1, 3, 3);
        var (kernel, bias, y) = (data.Filled(48, 7), data.Filled(1, 48), data.Filled(60, 48));
        Step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Step();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Step()
        {
            DepthwiseConv.Forward(pool, data.X, data.Starts, kernel, bias, 1, 3, y, data.YStarts);
            DepthwiseConv.Backward(pool, data.X, data.Starts, kernel, 1, 3, y, data.YStarts, data.X, kernel, bias);
        }
    }

    [Fact]
    public void MisshapenMatricesAreNamed()
    {
        using var pool = new WorkerPool(1);
        using var data = new ConvolutionCase([6], 4, 3, 1, 1, 1);
        Assert.Throws<ArgumentException>(() =>
            DepthwiseConv.Forward(pool, data.X, data.Starts, data.Filled(5, 3), default, 1, 1, data.Filled(6, 4), data.YStarts));
        Assert.Throws<ArgumentException>(() =>
            DepthwiseConv.Forward(pool, data.X, data.Starts, data.Filled(4, 3), default, 1, 1, data.Filled(5, 4), data.YStarts));
        Assert.Throws<ArgumentException>(() =>
            DepthwiseConv.Forward(pool, data.X, [0, 7], data.Filled(4, 3), default, 1, 1, data.Filled(6, 4), data.YStarts));
    }

    private static (float[] Y, float[] Gradients) Run(int threads, int[] lengths, int stride)
    {
        using var pool = new WorkerPool(threads);
        using var data = new ConvolutionCase(lengths, 40, 7, stride, 3, 3);
        var random = new Random(5);
        var (kernel, bias, dbias, dkernel) =
            (data.Filled(40, 7, random), data.Filled(1, 40, random), data.Filled(1, 40, random), data.Filled(40, 7, random));
        var y = data.Filled(data.OutputRows, 40, random);
        DepthwiseConv.Forward(pool, data.X, data.Starts, kernel, bias, stride, 3, y, data.YStarts);
        var dx = data.Filled(data.X.Rows, 40, random);
        DepthwiseConv.Backward(pool, data.X, data.Starts, kernel, stride, 3, y, data.YStarts, dx, dkernel, dbias);
        return (ConvolutionCase.Flat(y), [.. ConvolutionCase.Flat(dx), .. ConvolutionCase.Flat(dkernel), .. ConvolutionCase.Flat(dbias)]);
    }
}
