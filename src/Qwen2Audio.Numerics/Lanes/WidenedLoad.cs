using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Qwen2Audio.Numerics.Lanes;

/// <summary>Loads 16-bit values and widens each to 32 bits.</summary>
internal static unsafe class WidenedLoad
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Load128(byte* source) =>
        Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(source)).AsUInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Load256(byte* source)
    {
        var numbers = Vector128.Load((ushort*)source);
        return Avx2.IsSupported ? Avx2.ConvertToVector256Int32(numbers).AsUInt32()
            : Vector256.Create(Vector128.WidenLower(numbers), Vector128.WidenUpper(numbers));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Load512(byte* source)
    {
        var numbers = Vector256.Load((ushort*)source);
        return Avx512F.IsSupported ? Avx512F.ConvertToVector512UInt32(numbers)
            : Vector512.Create(Vector256.WidenLower(numbers), Vector256.WidenUpper(numbers));
    }
}
