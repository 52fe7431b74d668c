using System.Runtime.CompilerServices;

namespace Qwen2Audio.Numerics;

/// <summary>
/// One item of a <see cref="GemmPlan"/>: a block of C. For each block of k the panels of B are packed (unless they are, or still lie
/// in this worker's memory from the item before), then strips of A pass over them.
/// </summary>
internal unsafe struct GemmBlock(GemmProduct* product, float* scratch, int header, int key)
{
    private readonly GemmProduct* _p = product;
    private readonly float* _tile = scratch + header;
    private readonly float* _strips = scratch + header + GemmTile.Rows * GemmTile.Columns;

    public int RowStart;
    public int RowEnd;
    public int ColumnStart;
    public int ColumnEnd;

    public readonly void Compute()
    {
        var start = 0;
        do
        {
            var depth = Math.Min(_p->Cut.Depth, _p->K - start);
            PackPanels(start, depth);
            for (var row = RowStart; row < RowEnd; row += GemmTile.Rows) Strip(row, start, depth);
            start += depth;
        }
        while (start < _p->K);
    }

    private readonly float* Panels => _strips + (_p->PacksA ? 2 * GemmTile.Rows * _p->Cut.Depth : 0);

    private readonly void PackPanels(int start, int depth)
    {
        var packed = (long*)scratch;
        var wanted = ((long)key << 32) + start;
        if (_p->BIsPacked || *packed == wanted) return;
        *packed = wanted;
        // where B is read in place, only a last panel of fewer columns than a vector has is packed
        var from = _p->PacksB ? ColumnStart : ColumnEnd / GemmTile.Lanes * GemmTile.Lanes;
        if (from < ColumnEnd)
        {
            GemmPacking.PackB(
                _p->B + start * _p->BStep + from * _p->BColumn, _p->BStep, _p->BColumn, depth, ColumnEnd - from, Panels);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Strip(int row, int start, int depth)
    {
        var rows = Math.Min(GemmTile.Rows, RowEnd - row);
        var a = _p->A + row * _p->ARow + start * _p->AStep;
        nint aRow = _p->ARow, aStep = _p->AStep;
        if (_p->PacksA)
        {
            var odd = (row - RowStart) / GemmTile.Rows % 2;
            if (odd == 0) GemmPacking.PackA(a, aStep, depth, Math.Min(2 * GemmTile.Rows, RowEnd - row), _strips);
            a = _strips + odd * GemmTile.Rows * depth;
            (aRow, aStep) = (1, GemmTile.Rows);
        }

        for (int column = ColumnStart, next; column < ColumnEnd; column = next)
        {
            next = Math.Min(ColumnEnd, column + GemmTile.Columns);
            if (!_p->PacksB && !_p->BIsPacked && next % GemmTile.Lanes != 0 && next - column > GemmTile.Lanes)
                next = next / GemmTile.Lanes * GemmTile.Lanes;
            var width = GemmPacking.PanelWidth(column, _p->N);
            float* b;
            nint bStep = width;
            if (_p->BIsPacked) b = _p->B + (nint)column * _p->K + (nint)start * width;
            else if (_p->PacksB) b = Panels + (nint)(column - ColumnStart) * depth;
            else if (next - column < GemmTile.Lanes) b = Panels;
            else
            {
                b = _p->B + start * _p->BStep + column;
                bStep = _p->BStep;
            }

            Column(row, rows, column, next - column, depth, a, aRow, aStep, b, bStep, start > 0);
        }
    }

    // the rows of a strip over one panel
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Column(
        int row, int rows, int column, int columns, int depth, float* a, nint aRow, nint aStep, float* b, nint bStep, bool goOn)
    {
        var c = _p->C + row * _p->CRow + column;
        var cRow = _p->CRow;
        var initial = goOn ? c : _p->Initial == GemmPlan.Zeros ? GemmPlan.Zeros : _p->Initial + row * _p->InitialRow + column;
        var initialRow = goOn ? cRow : _p->InitialRow;
        var vectors = (columns + GemmTile.Lanes - 1) / GemmTile.Lanes;
        var whole = columns == vectors * GemmTile.Lanes;
        while (rows > 0)
        {
            var size = GemmTile.RowsWithin(rows);
            var kernel = GemmTile.For(size, vectors);
            if (whole) kernel(depth, a, aRow, aStep, b, bStep, initial, initialRow, c, cRow);
            else
            {
                nint tileRow = vectors * GemmTile.Lanes;
                for (var r = 0; r < size; r++) Copy(initial + r * initialRow, _tile + r * tileRow, columns);
                kernel(depth, a, aRow, aStep, b, bStep, _tile, tileRow, _tile, tileRow);
                for (var r = 0; r < size; r++) Copy(_tile + r * tileRow, c + r * cRow, columns);
            }

            rows -= size;
            a += size * aRow;
            initial += size * initialRow;
            c += size * cRow;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* source, float* destination, int count)
    {
        for (var i = 0; i < count; i++) destination[i] = source[i];
    }
}
