using System.Runtime.CompilerServices;

namespace Qwen2Audio.Numerics;

/// <summary>Turns all heads of a row.</summary>
internal readonly unsafe struct RotaryKernel(
    Matrix x, int* positions, int headDim, float* angles, int tabulated, float* frequencies, bool inverse) : IRowKernel
{
    private const int AnglesOnStack = 512;
    private readonly Matrix _x = x;
    private readonly int* _positions = positions;
    private readonly int _headDim = headDim;
    private readonly float* _angles = angles;
    private readonly int _tabulated = tabulated;
    private readonly float* _frequencies = frequencies;
    private readonly float _sign = inverse ? -1 : 1;

    public void Row<TLanes, TVector>(int row)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var x = _x.Data + (long)row * _x.Stride;
        var position = _positions[row];
        if (position < _tabulated) Turn<TLanes, TVector>(x, _angles + (long)position * _headDim);
        else TurnFar<TLanes, TVector>(x, position);
    }

    /// <summary>A position beyond the table.</summary>
    private void TurnFar<TLanes, TVector>(float* x, int position)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var angles = _headDim <= AnglesOnStack ? stackalloc float[AnglesOnStack] : new float[_headDim];
        RotaryTable.Compute(position, new ReadOnlySpan<float>(_frequencies, _headDim / 2), angles);
        fixed (float* pointer = angles) Turn<TLanes, TVector>(x, pointer);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Turn<TLanes, TVector>(float* x, float* angles)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var half = _headDim / 2;
        var sign = TLanes.Broadcast(_sign);
        for (var (i, left) = (0, half); left > 0; i += TLanes.Count, left -= TLanes.Count)
        {
            var cos = Part<TLanes, TVector>.Load(angles + i, left);
            var sin = TLanes.Multiply(sign, Part<TLanes, TVector>.Load(angles + half + i, left));
            for (var head = 0; head < _x.Columns; head += _headDim)
            {
                var first = Part<TLanes, TVector>.Load(x + head + i, left);
                var second = Part<TLanes, TVector>.Load(x + head + half + i, left);
                var turned = TLanes.Subtract(TLanes.Multiply(first, cos), TLanes.Multiply(second, sin));
                Part<TLanes, TVector>.Store(turned, x + head + i, left);
                turned = TLanes.MultiplyAdd(second, cos, TLanes.Multiply(first, sin));
                Part<TLanes, TVector>.Store(turned, x + head + half + i, left);
            }
        }
    }
}
