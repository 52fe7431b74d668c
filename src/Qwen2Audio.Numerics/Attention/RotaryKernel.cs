using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Attention;

/// <summary>Rotates all heads of a row.</summary>
internal readonly unsafe struct RotaryKernel(
    Matrix x, int* positions, int headDim, float* angles, int tabulated, float* frequencies, float amplitude, bool inverse) : IRowKernel
{
    private const int AnglesOnStack = 512;
    private readonly float _sign = inverse ? -1 : 1;

    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var source = x.Data + (long)row * x.Stride;
        var position = positions[row];
        if (position < tabulated) Turn<TLanes, TVector>(source, angles + (long)position * headDim);
        else TurnFar<TLanes, TVector>(source, position);
    }

    /// <summary>A position beyond the table.</summary>
    private void TurnFar<TLanes, TVector>(float* x, int position)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var angles = headDim <= AnglesOnStack ? stackalloc float[AnglesOnStack] : new float[headDim];
        RotaryTable.Compute(position, new ReadOnlySpan<float>(frequencies, headDim / 2), amplitude, angles);
        fixed (float* pointer = angles) Turn<TLanes, TVector>(x, pointer);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Turn<TLanes, TVector>(float* source, float* angles)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var half = headDim / 2;
        var sign = TLanes.Broadcast(_sign);
        for (var head = 0; head < x.Columns; head += headDim)
        {
            var first = source + head;
            var i = 0;
            for (; i <= half - TLanes.Count; i += TLanes.Count)
                Step<TLanes, TVector>(first + i, first + half + i, angles + i, angles + half + i, sign, TLanes.Count);
            if (i < half) Step<TLanes, TVector>(first + i, first + half + i, angles + i, angles + half + i, sign, half - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes, TVector>(float* first, float* second, float* cosines, float* sines, TVector sign, int left)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var cos = PartialVector<TLanes, TVector>.Load(cosines, left);
        var sin = TLanes.Multiply(sign, PartialVector<TLanes, TVector>.Load(sines, left));
        var a = PartialVector<TLanes, TVector>.Load(first, left);
        var b = PartialVector<TLanes, TVector>.Load(second, left);
        PartialVector<TLanes, TVector>.Store(TLanes.Subtract(TLanes.Multiply(a, cos), TLanes.Multiply(b, sin)), first, left);
        PartialVector<TLanes, TVector>.Store(TLanes.MultiplyAdd(b, cos, TLanes.Multiply(a, sin)), second, left);
    }
}
