namespace Qwen2Audio.Numerics.Time;

/// <summary>
/// Order of a convolution kernel's values: published kernels are [out, in, taps]; the matrix product over rows from
/// <see cref="Im2Row"/> needs [out, taps, in].
/// </summary>
public static class KernelOrder
{
    /// <summary>y[o, t · in + c] = kernel[o, c · taps + t].</summary>
    /// <exception cref="ArgumentException">The shapes differ, or the columns are not a multiple of the taps.</exception>
    public static void ToTapMajor(Matrix kernel, int taps, Matrix y)
    {
        var channels = Channels(kernel, taps, y);
        for (var o = 0; o < kernel.Rows; o++)
        {
            var source = kernel.Row(o);
            var target = y.Row(o);
            for (var t = 0; t < taps; t++)
            {
                for (var c = 0; c < channels; c++) target[t * channels + c] = source[c * taps + t];
            }
        }
    }

    /// <summary>dkernel[o, c · taps + t] += dy[o, t · in + c].</summary>
    /// <exception cref="ArgumentException">The shapes differ, or the columns are not a multiple of the taps.</exception>
    public static void FromTapMajorAccumulate(Matrix dy, int taps, Matrix dkernel)
    {
        var channels = Channels(dkernel, taps, dy);
        for (var o = 0; o < dy.Rows; o++)
        {
            var source = dy.Row(o);
            var target = dkernel.Row(o);
            for (var c = 0; c < channels; c++)
            {
                for (var t = 0; t < taps; t++) target[c * taps + t] += source[t * channels + c];
            }
        }
    }

    private static int Channels(Matrix kernel, int taps, Matrix tapMajor)
    {
        if (taps < 1 || kernel.Columns % taps != 0 || kernel.Rows != tapMajor.Rows || kernel.Columns != tapMajor.Columns)
        {
            throw new ArgumentException(
                $"A kernel of {kernel.Rows} × {kernel.Columns} with {taps} taps does not fit {tapMajor.Rows} × {tapMajor.Columns}.");
        }

        return kernel.Columns / taps;
    }
}
