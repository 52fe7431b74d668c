namespace Qwen2Audio.Numerics.Products;

/// <summary>
/// One item of a <see cref="GemmPlan"/>: a block of C. For each block of k the panels of B are packed (unless they already are, or are
/// still in this worker's memory from the previous item), then strips of A pass over them.
/// </summary>
internal unsafe struct GemmBlock(GemmProduct* product, float* scratch, int header, int key)
{
    private const int StripsPacked = 8; // of a transposed A: its rows are read some cache lines at a time
    private const int StripGap = 16; // floats: keeps the strips' starts out of the same cache set
    private const int CacheLine = 16; // floats

    private readonly GemmProduct* _p = product;
    private readonly float* _tile = scratch + header;
    private readonly float* _strips = scratch + header + GemmTile.Rows * GemmTile.Columns;

    public int RowStart;
    public int RowEnd;
    public int ColumnStart;
    public int ColumnEnd;

    /// <summary>Numbers of scratch for packed strips of A.</summary>
    public static nint StripsLength(in GemmProduct p) => p.PacksA ? StripsPacked * StripLength(p) : 0;

    private static nint StripLength(in GemmProduct p) => GemmTile.Rows * p.Blocking.Depth + StripGap;

    private readonly float* Panels => _strips + StripsLength(*_p);

    public readonly void Compute()
    {
        var start = 0;
        do
        {
            var depth = Math.Min(_p->Blocking.Depth, _p->K - start);
            PackPanels(start, depth);
            for (var row = RowStart; row < RowEnd; row += GemmTile.Rows) Strip(row, start, depth);
            start += depth;
        }
        while (start < _p->K);
    }

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
        var task = default(GemmTileTask);
        task.Depth = depth;
        task.A = _p->A + row * _p->ARow + start * _p->AStep;
        (task.ARow, task.AStep) = (_p->ARow, _p->AStep);
        if (_p->PacksA) PackStrips(row, depth, ref task);
        for (int column = ColumnStart, next; column < ColumnEnd; column = next)
        {
            next = Math.Min(ColumnEnd, column + GemmTile.Columns);
            var width = GemmPacking.PanelWidth(column, _p->N);
            task.BStep = width;
            if (_p->BIsPacked) task.B = _p->B + (nint)column * _p->K + (nint)start * width;
            else if (_p->PacksB) task.B = Panels + (nint)(column - ColumnStart) * depth;
            else if (next - column < GemmTile.Lanes)
            {
                task.B = Panels;
                task.BStep = GemmTile.Lanes;
            }
            else
            {
                next = next / GemmTile.Lanes * GemmTile.Lanes;
                task.B = _p->B + start * _p->BStep + column;
                task.BStep = _p->BStep;
            }

            LookAhead(row, column, start, depth, ref task);
            Tile(row, rows, column, next - column, start > 0, &task);
        }
    }

    // several strips at a time; those packed before are reused
    private readonly void PackStrips(int row, int depth, ref GemmTileTask task)
    {
        var length = StripLength(*_p);
        var strip = (row - RowStart) / GemmTile.Rows % StripsPacked;
        if (strip == 0)
            GemmPacking.PackA(task.A, task.AStep, depth, Math.Min(StripsPacked * GemmTile.Rows, RowEnd - row), _strips, length);
        task.A = _strips + strip * length;
        (task.ARow, task.AStep) = (1, GemmTile.Rows);
    }

    // While a strip passes over its panels, each kernel prefetches a share of the rows of the next strip (or group of strips).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void LookAhead(int row, int column, int start, int depth, ref GemmTileTask task)
    {
        var panels = (ColumnEnd - ColumnStart + GemmTile.Columns - 1) / GemmTile.Columns;
        var panel = (column - ColumnStart) / GemmTile.Columns;
        task.AheadCount = 0;
        if (!_p->PacksA)
        {
            var share = (GemmTile.Rows + panels - 1) / panels;
            var first = row + GemmTile.Rows + panel * share;
            var end = Math.Min(RowEnd, row + 2 * GemmTile.Rows);
            if (first >= end) return;
            task.Ahead = _p->A + first * _p->ARow + start;
            task.AheadRow = _p->ARow;
            task.AheadStep = GemmTile.PrefetchRun;
            task.AheadCount = Math.Min(share, end - first);
            return;
        }

        var group = (row - RowStart) / GemmTile.Rows / StripsPacked;
        var next = RowStart + (group + 1) * StripsPacked * GemmTile.Rows;
        if (next >= RowEnd) return;
        // each prefetch run of a kernel covers one k of the next group
        var kernel = ((row - RowStart) / GemmTile.Rows % StripsPacked * panels) + panel;
        var k = kernel * (depth + GemmTile.PrefetchRun - 1) / GemmTile.PrefetchRun;
        if (k >= depth) return;
        task.Ahead = _p->A + next + (start + k) * _p->AStep;
        task.AheadRow = CacheLine;
        task.AheadStep = _p->AStep;
        task.AheadCount = Math.Min(StripsPacked * GemmTile.Rows, RowEnd - next) / CacheLine;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Tile(int row, int rows, int column, int columns, bool resume, GemmTileTask* task)
    {
        var c = _p->C + row * _p->CRow + column;
        task->C = c;
        task->CRow = _p->CRow;
        task->InitialRow = resume ? _p->CRow : _p->InitialRow;
        task->Initial = resume ? c : _p->Initial == GemmPlan.Zeros ? GemmPlan.Zeros : _p->Initial + row * _p->InitialRow + column;
        var vectors = (columns + GemmTile.Lanes - 1) / GemmTile.Lanes;
        var kernel = GemmTile.For(rows, vectors);
        if (columns == vectors * GemmTile.Lanes)
        {
            kernel(task);
            return;
        }

        // C ends within a vector: the tile is computed in scratch memory
        nint tileRow = vectors * GemmTile.Lanes;
        for (var r = 0; r < rows; r++) Copy(task->Initial + r * task->InitialRow, _tile + r * tileRow, columns);
        task->Initial = task->C = _tile;
        task->InitialRow = task->CRow = tileRow;
        kernel(task);
        for (var r = 0; r < rows; r++) Copy(_tile + r * tileRow, c + r * _p->CRow, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* source, float* destination, int count)
    {
        for (var i = 0; i < count; i++) destination[i] = source[i];
    }
}
