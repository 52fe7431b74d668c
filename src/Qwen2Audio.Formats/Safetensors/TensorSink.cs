using System.Buffers;
using System.Runtime.InteropServices;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Takes the values of one tensor in order, and stores them in the tensor's type.</summary>
public sealed class TensorSink
{
    private const int PieceBytes = 1 << 16;
    private readonly Stream _stream;
    private readonly NewTensor _tensor;
    private readonly int _most;
    private long _left;

    internal TensorSink(Stream stream, NewTensor tensor, int maxValues = FloatBytes.MaxValues)
    {
        _most = maxValues;
        _stream = stream;
        _tensor = tensor;
        _left = tensor.ByteLength;
    }

    /// <summary>Writes the next values of an F32, F16 or BF16 tensor.</summary>
    public void Write(ReadOnlySpan<float> numbers)
    {
        if (_tensor.DType == DType.F32) PutAll(numbers);
        else if (_tensor.DType is DType.F16 or DType.BF16) PutRounded(numbers);
        else throw WrongType("single-precision numbers");
    }

    /// <summary>Writes the next values of an I64 tensor.</summary>
    public void Write(ReadOnlySpan<long> numbers)
    {
        if (_tensor.DType == DType.I64) PutAll(numbers);
        else throw WrongType("whole numbers");
    }

    internal void CopyFrom(ITensorSource source, TensorInfo tensor)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (long start = 0; start < tensor.ByteLength; start += PieceBytes)
            {
                var piece = buffer.AsSpan(0, (int)Math.Min(PieceBytes, tensor.ByteLength - start));
                source.ReadBytes(tensor.Name, piece, start);
                Put(piece);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    internal void Finish()
    {
        if (_left != 0) throw new InvalidOperationException($"{_tensor.Name}: {_left} of {_tensor.ByteLength} bytes were not written.");
    }

    private void PutRounded(ReadOnlySpan<float> numbers)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            var codes = MemoryMarshal.Cast<byte, ushort>(buffer.AsSpan(0, PieceBytes));
            while (!numbers.IsEmpty)
            {
                var piece = numbers[..Math.Min(numbers.Length, codes.Length)];
                if (_tensor.DType == DType.BF16) FloatConversion.ToBFloat16(piece, codes);
                else FloatConversion.ToHalf(piece, codes);
                Put(MemoryMarshal.AsBytes(codes[..piece.Length]));
                numbers = numbers[piece.Length..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // a span cannot hold more than 2^31 bytes
    private void PutAll<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        for (; numbers.Length > _most; numbers = numbers[_most..]) Put(MemoryMarshal.AsBytes(numbers[.._most]));
        Put(MemoryMarshal.AsBytes(numbers));
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _left)
            throw new InvalidOperationException($"{_tensor.Name}: more than its {_tensor.ByteLength} bytes were written.");
        _stream.Write(bytes);
        _left -= bytes.Length;
    }

    private InvalidOperationException WrongType(string given) => new($"{_tensor.Name} is {_tensor.DType.Name()}; {given} were given.");
}
