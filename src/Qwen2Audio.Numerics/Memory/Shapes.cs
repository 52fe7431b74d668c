namespace Qwen2Audio.Numerics.Memory;

/// <summary>Checks of operand shapes at the entry of a kernel.</summary>
internal static class Shapes
{
    public static void Same(
        Matrix a, Matrix b, [CallerArgumentExpression(nameof(a))] string? nameA = null, [CallerArgumentExpression(nameof(b))] string? nameB = null)
    {
        if (a.Rows != b.Rows || a.Columns != b.Columns)
            throw new ArgumentException($"{nameA} is {a.Rows} × {a.Columns}, {nameB} is {b.Rows} × {b.Columns}: the shapes must be equal.");
    }

    public static void Is(Matrix a, int rows, int columns, [CallerArgumentExpression(nameof(a))] string? name = null)
    {
        if (a.Rows != rows || a.Columns != columns)
            throw new ArgumentException($"{name} is {a.Rows} × {a.Columns}, {rows} × {columns} is needed.");
    }

    public static void IsOrNull(Matrix a, int rows, int columns, [CallerArgumentExpression(nameof(a))] string? name = null)
    {
        if (!a.IsNull) Is(a, rows, columns, name);
    }

    public static void Length(int found, int needed, string name)
    {
        if (found != needed) throw new ArgumentException($"{name} has {found} values; {needed} are needed.");
    }
}
